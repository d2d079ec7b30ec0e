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

// UnfinishedStatuses are the statuses of tasks that are still to be done.
func UnfinishedStatuses() []Status { return []Status{StatusOpen, StatusAssigned, StatusInProgress} }

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
	OrderDueAtAsc      Order = "DUE_AT_ASC" // earliest due first
	OrderDueAtDesc     Order = "DUE_AT_DESC"
	OrderCreatedAtAsc  Order = "CREATED_AT_ASC" // oldest first
	OrderCreatedAtDesc Order = "CREATED_AT_DESC"
)

// cursorOrder identifies the order in cursors.
func (o Order) cursorOrder() byte {
	switch o {
	case OrderDueAtDesc:
		return 'd'
	case OrderCreatedAtAsc:
		return 'C'
	case OrderCreatedAtDesc:
		return 'c'
	case OrderDueAtAsc:
		return 'D'
	default:
		return 'D'
	}
}
