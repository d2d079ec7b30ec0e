package graph

// Event is something that happened, as clients see it.
type Event interface {
	EventID() string
}
