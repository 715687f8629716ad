// Package clamor is the vocabulary of Clamor, and this page is its architecture.
//
// Clamor turns the clamor of sales feedback into one ranked list of feature requests. Its first law: context is never lost.
// Every rank opens to accounts, every account to verbatim quotes, every quote to its call.
//
// # The way of the data
//
//	POST /hooks/{source}   api: verify on raw bytes, keep the Delivery durably, answer 202
//	clamor import          ingest: CSV rows, with a dry run first
//	        |
//	     ingest            Delivery -> Intakes: Notes with AccountFacts, DealFacts and Asks as verbatim spans
//	        |              store.TakeIn: one transaction, idempotent by (source, external id)
//	     dedupe            Ask -> stems -> candidates -> score -> Placement, or a new Feature
//	        |
//	      rank             Evidence + settings -> List of Entries, whose score is the sum of its Parts
//	        |
//	       api             JSON and pages; a person's Rulings; a Frozen quarter; api/export: the GitHub issue, a Publication
//
// The tables are the queue: a delivery not yet taken in and an ask not yet placed are pending work. A crash at any
// instruction loses nothing that was acknowledged and repeats nothing that was done.
//
// # Who knows whom
//
// This package imports the standard library alone. The stages ingest, dedupe and rank, the store, api/web and api/export import
// this package and none of the others, docs imports nothing; api imports the stages and docs; cmd/clamor wires all of them. A test beside this file reads
// the imports and fails on any other arrow. Interfaces belong to the package that calls them: ingest.Store, dedupe.Store,
// rank.Store and api.Store say what each needs, and *store.DB satisfies them all.
//
// # What holds everywhere
//
// Identifiers are derived from what a thing is, so that what comes twice is recognised by construction (DeriveID). Money is
// integer minor units of a currency (Money), time is UTC, a day is a Date, text is valid UTF-8 without NUL, and spans of text
// are byte offsets. A note never changes; what its sender changes comes as the next version. What a machine placed stays as it
// is beneath a person's Ruling, which is above it until it is undone. No clock and no randomness in dedupe and rank: the same
// input gives the same bytes.
package clamor
