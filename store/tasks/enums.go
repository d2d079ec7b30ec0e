package tasks

// Status is a state of the task state machine.
type Status string

// The statuses, in the usual order.
const (
	StatusOpen       Status = "OPEN"
	StatusAssigned   Status = "ASSIGNED"
	StatusInProgress Status = "IN_PROGRESS"
	StatusCompleted  Status = "COMPLETED"
	StatusVerified   Status = "VERIFIED"
	StatusCancelled  Status = "CANCELLED"
)

// Unfinished reports whether the task is still to be done.
func (s Status) Unfinished() bool {
	return s == StatusOpen || s == StatusAssigned || s == StatusInProgress
}

// Kind is what a task is about.
type Kind string

// The kinds.
const (
	KindShelfCheck    Kind = "SHELF_CHECK"
	KindPriceCheck    Kind = "PRICE_CHECK"
	KindExpiryCheck   Kind = "EXPIRY_CHECK"
	KindReplenishment Kind = "REPLENISHMENT"
	KindDelivery      Kind = "DELIVERY"
	KindCleaning      Kind = "CLEANING"
	KindIncident      Kind = "INCIDENT"
)

// Priority ranks tasks that are due at the same time.
type Priority string

// The priorities, lowest first.
const (
	PriorityLow    Priority = "LOW"
	PriorityNormal Priority = "NORMAL"
	PriorityHigh   Priority = "HIGH"
	PriorityUrgent Priority = "URGENT"
)

// Order is the sort order of a list of tasks.
type Order string

// The orders.
const (
	OrderDueAt     Order = "DUE_AT"     // earliest due first
	OrderCreatedAt Order = "CREATED_AT" // newest first
)
