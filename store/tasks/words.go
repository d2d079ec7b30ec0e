package tasks

// Status is where a task is in its life.
type Status string

// The statuses, in the order of a task's life.
const (
	StatusOpen       Status = "OPEN"
	StatusAssigned   Status = "ASSIGNED"
	StatusInProgress Status = "IN_PROGRESS"
	StatusDone       Status = "DONE"
	StatusVerified   Status = "VERIFIED"
	StatusCancelled  Status = "CANCELLED"
)

// Unfinished says whether there is still work to do.
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

// Priority is how much a task matters beside others that are due at the same time.
type Priority string

// The priorities, the lowest first.
const (
	PriorityLow    Priority = "LOW"
	PriorityNormal Priority = "NORMAL"
	PriorityHigh   Priority = "HIGH"
	PriorityUrgent Priority = "URGENT"
)

// Order is the order of a list of tasks.
type Order string

// The orders.
const (
	OrderDueAt     Order = "DUE_AT"     // the soonest due first
	OrderCreatedAt Order = "CREATED_AT" // the newest first
)
