package store

import (
	"maps"
	"slices"
)

// An EventType says what happened. The values are those of GraphQL's EventType.
type EventType string

// The types of events.
const (
	EventTaskCreated          EventType = "TASK_CREATED"
	EventTaskAssigned         EventType = "TASK_ASSIGNED"
	EventTaskUnassigned       EventType = "TASK_UNASSIGNED"
	EventTaskStarted          EventType = "TASK_STARTED"
	EventTaskStepChecked      EventType = "TASK_STEP_CHECKED"
	EventTaskStepUnchecked    EventType = "TASK_STEP_UNCHECKED"
	EventTaskCompleted        EventType = "TASK_COMPLETED"
	EventTaskVerified         EventType = "TASK_VERIFIED"
	EventTaskRejected         EventType = "TASK_REJECTED"
	EventTaskCancelled        EventType = "TASK_CANCELLED"
	EventTaskOverdue          EventType = "TASK_OVERDUE"
	EventTaskCommented        EventType = "TASK_COMMENTED"
	EventTaskTemplateCreated  EventType = "TASK_TEMPLATE_CREATED"
	EventTaskTemplateUpdated  EventType = "TASK_TEMPLATE_UPDATED"
	EventTaskTemplateArchived EventType = "TASK_TEMPLATE_ARCHIVED"
	EventTaskTemplateRestored EventType = "TASK_TEMPLATE_RESTORED"
	EventStockChanged         EventType = "STOCK_CHANGED"
	EventPriceChanged         EventType = "PRICE_CHANGED"
	EventProductCreated       EventType = "PRODUCT_CREATED"
	EventProductUpdated       EventType = "PRODUCT_UPDATED"
	EventProductDiscontinued  EventType = "PRODUCT_DISCONTINUED"
	EventFeedbackReceived     EventType = "FEEDBACK_RECEIVED"
	EventStoreCreated         EventType = "STORE_CREATED"
	EventStoreUpdated         EventType = "STORE_UPDATED"
	EventStoreClosed          EventType = "STORE_CLOSED"
	EventRegionCreated        EventType = "REGION_CREATED"
	EventRegionUpdated        EventType = "REGION_UPDATED"
	EventRegionClosed         EventType = "REGION_CLOSED"
	EventEmployeeCreated      EventType = "EMPLOYEE_CREATED"
	EventEmployeeUpdated      EventType = "EMPLOYEE_UPDATED"
	EventEmployeeDeactivated  EventType = "EMPLOYEE_DEACTIVATED"
	EventEmployeeReactivated  EventType = "EMPLOYEE_REACTIVATED"
	EventSessionCompromised   EventType = "SESSION_COMPROMISED"
)

// EventCheckpoint is the type of a checkpoint: a newer cursor for a subscription without events. The log has no checkpoints.
const EventCheckpoint EventType = "CHECKPOINT"

// ModulesWithCompleteEvents are the modules that emit an event for every change of their rows. What was read from them can be
// cached, and read from replicas: the event log says when it is outdated. ETags contain
// the names.
//
//nolint:gochecknoglobals,goconst // a constant
var ModulesWithCompleteEvents = [...]string{"stores", "staff", "catalog", "inventory", "tasks", "feedback"}

// eventModules has, for each type of event, the module whose rows changed.
//
//nolint:gochecknoglobals // a constant
var eventModules = map[EventType]string{
	EventTaskCreated:          "tasks",
	EventTaskAssigned:         "tasks",
	EventTaskUnassigned:       "tasks",
	EventTaskStarted:          "tasks",
	EventTaskStepChecked:      "tasks",
	EventTaskStepUnchecked:    "tasks",
	EventTaskCompleted:        "tasks",
	EventTaskVerified:         "tasks",
	EventTaskRejected:         "tasks",
	EventTaskCancelled:        "tasks",
	EventTaskOverdue:          "tasks",
	EventTaskCommented:        "tasks",
	EventTaskTemplateCreated:  "tasks",
	EventTaskTemplateUpdated:  "tasks",
	EventTaskTemplateArchived: "tasks",
	EventTaskTemplateRestored: "tasks",
	EventStockChanged:         "inventory",
	EventPriceChanged:         "catalog",
	EventProductCreated:       "catalog",
	EventProductUpdated:       "catalog",
	EventProductDiscontinued:  "catalog",
	EventFeedbackReceived:     "feedback",
	EventStoreCreated:         "stores",
	EventStoreUpdated:         "stores",
	EventStoreClosed:          "stores",
	EventRegionCreated:        "stores",
	EventRegionUpdated:        "stores",
	EventRegionClosed:         "stores",
	EventEmployeeCreated:      "staff",
	EventEmployeeUpdated:      "staff",
	EventEmployeeDeactivated:  "staff",
	EventEmployeeReactivated:  "staff",
	EventSessionCompromised:   "staff",
}

// Module returns the module whose rows changed; empty for a type that only a newer version knows.
func (t EventType) Module() string { return eventModules[t] }

// EventTypes returns all types of the log's events, sorted.
func EventTypes() []EventType { return slices.Sorted(maps.Keys(eventModules)) }
