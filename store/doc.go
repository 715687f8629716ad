// Package store keeps what Clamor knows. It owns all SQL: one text for SQLite, the default, and for PostgreSQL, with the
// migrations that make the tables. It does not own meaning: what matches, ranks or is worth asking is decided by the stages,
// whose interfaces *DB satisfies; what it decides itself is only what must happen inside one transaction: to which
// account a record belongs, and where an ask stands once rulings are applied.
//
// Every exported method is one unit of work: one transaction, serializable, retried a bounded number of times where the
// database asks for it. All methods may be called concurrently. A nil error from a method that writes means that what it wrote
// survives a power cut. "No such thing" is an error of kind clamor.NotFound.
//
// On SQLite all writers share one connection and one commit: whoever asks while a commit is under way goes into the next
// one, so that a thousand webhooks cost a few dozen fsyncs. Readers have connections of their own and never wait for writers.
package store
