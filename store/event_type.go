package store

// An EventType says what happened. The values are those of GraphQL's EventType.
type EventType string

// The types of events.
const (
	EventTaskCreated        EventType = "TASK_CREATED"
	EventTaskAssigned       EventType = "TASK_ASSIGNED" // also: taken from somebody
	EventTaskStarted        EventType = "TASK_STARTED"
	EventTaskStepChecked    EventType = "TASK_STEP_CHECKED" // also: unchecked
	EventTaskCompleted      EventType = "TASK_COMPLETED"
	EventTaskVerified       EventType = "TASK_VERIFIED"
	EventTaskRejected       EventType = "TASK_REJECTED"
	EventTaskCancelled      EventType = "TASK_CANCELLED"
	EventTaskOverdue        EventType = "TASK_OVERDUE"
	EventTaskCommented      EventType = "TASK_COMMENTED"
	EventTemplateChanged    EventType = "TEMPLATE_CHANGED"
	EventStockChanged       EventType = "STOCK_CHANGED"
	EventPriceChanged       EventType = "PRICE_CHANGED"
	EventProductChanged     EventType = "PRODUCT_CHANGED"
	EventFeedbackReceived   EventType = "FEEDBACK_RECEIVED"
	EventStoreChanged       EventType = "STORE_CHANGED"
	EventRegionChanged      EventType = "REGION_CHANGED"
	EventEmployeeChanged    EventType = "EMPLOYEE_CHANGED"
	EventSessionCompromised EventType = "SESSION_COMPROMISED"
)

// ModulesWithCompleteEvents are the modules that emit an event for every change of their rows. What was read from them can be
// cached, and read from replicas: the event log says when it is outdated. ETags contain
// the names.
//
//nolint:gochecknoglobals // a constant
var ModulesWithCompleteEvents = [...]string{"stores", "staff", "catalog", "inventory", "tasks", "feedback"}

// Module returns the module whose rows changed.
func (t EventType) Module() string {
	switch t {
	case EventStockChanged:
		return "inventory"
	case EventPriceChanged, EventProductChanged:
		return "catalog"
	case EventFeedbackReceived:
		return "feedback"
	case EventStoreChanged, EventRegionChanged:
		return "stores"
	case EventEmployeeChanged, EventSessionCompromised:
		return "staff"
	default:
		return "tasks"
	}
}
