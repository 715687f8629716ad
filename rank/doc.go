// Package rank turns evidence into the ranked list of a quarter. It owns the model: which asks count, what an account's
// money is, how it is spread over the features the account asks for, how urgent it is, and how features are ordered. It
// owns freezing a list with its inputs, proving it later, and telling two lists apart by the causes of each move. It owns no
// SQL, no text of notes and no page; Rank knows neither clock nor randomness, so the same evidence and settings give the same
// bytes on every machine.
//
// # The model
//
// An ask is live if it occurred up to the as-of day and its feature is open. What an account wants of a feature is a wish; its
// strength is the highest of the account's live asks' weight x decay, so several notes of one account count once. Decay
// halves with every half-life of age: 2^(-age/half-life).
//
// An account's money lies in purses: its recurring revenue (keep) and each open deal (grow). Each purse is made due once, by
//
//	due = base x recovery x size weighting x urgency, rounded to the minor unit
//
// and, where budgeted, due is split over the account's wishes in proportion to their strengths. Minor units that
// proportion leaves over go to the largest remainders (Hamilton's method), of equal ones to the older feature. So the
// parts of a feature add up to its score, and the parts of a purse to its due, to the cent. Where not budgeted ("full"), every
// wish gets the whole due.
//
// Urgency multiplies before the split, and is rounded once, so that the total of the list is the sum of base x urgency
// over the purses, each rounded once. Every factor is an integer in parts per million; products are computed in 128 bits.
//
// Entries are ordered by score, then by the number of accounts, then by the feature's creation (older first), then by its id.
//
// testdata/worked.md works a list by hand, to the cent.
package rank
