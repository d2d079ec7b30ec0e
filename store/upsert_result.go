package store

// An UpsertResult says what an upsert did to a row.
type UpsertResult string

// The results.
const (
	UpsertCreated   UpsertResult = "CREATED"
	UpsertUpdated   UpsertResult = "UPDATED"
	UpsertUnchanged UpsertResult = "UNCHANGED" // the row had these values already
	UpsertRejected  UpsertResult = "REJECTED"  // the row is not valid, and was not written
)
