package hydration

import (
	"encoding/json"

	"github.com/google/uuid"

	"aisle/graph"
	"aisle/store/access"
	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/inventory"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// payload is the data of an event. It has the fields of the events of all modules.
type payload struct {
	Task     *tasks.Task         `json:"task"`
	Steps    []tasks.Step        `json:"steps"`
	StepID   *uuid.UUID          `json:"step_id"`
	Comment  *tasks.Comment      `json:"comment"`
	Stock    *inventory.Stock    `json:"stock"`
	Price    *catalog.Price      `json:"price"`
	Product  *catalog.Product    `json:"product"`
	Store    *stores.Store       `json:"store"`
	Region   *stores.Region      `json:"region"`
	Employee *staff.Employee     `json:"employee"`
	Template *tasks.Template     `json:"template"`
	Feedback *feedback.Feedback  `json:"feedback"`
	Movement *inventory.Movement `json:"movement"`
	Session  *access.SessionInfo `json:"session"`

	IsWithdrawn bool `json:"is_withdrawn"` // of the price
}

func decodePayload(data []byte) (p payload, err error) {
	if err := json.Unmarshal(data, &p); err != nil {
		return p, err //nolint:wrapcheck // Decode wraps it
	}
	if p.Task != nil {
		p.Task.SetStepParents(p.Steps)
	}
	return p, nil
}

// toGraphQL returns the event of the schema, or nil if the schema has no type for the payload.
func (p payload) toGraphQL(base graph.EventBase) graph.Event {
	switch {
	case p.Task != nil:
		return &graph.TaskEvent{EventBase: base, Task: p.Task, Step: p.step(), Comment: p.Comment}
	case p.Stock != nil:
		return &graph.StockEvent{EventBase: base, Stock: p.Stock, Movement: p.Movement}
	case p.Price != nil:
		return &graph.PriceEvent{EventBase: base, Row: p.Price, IsWithdrawn: p.IsWithdrawn}
	case p.Product != nil:
		return &graph.ProductEvent{EventBase: base, Product: p.Product}
	case p.Feedback != nil:
		return &graph.FeedbackEvent{EventBase: base, Feedback: p.Feedback}
	case p.Session != nil && p.Employee != nil:
		return &graph.SessionEvent{EventBase: base, Session: p.Session, Employee: p.Employee}
	case p.Employee != nil:
		return &graph.EmployeeEvent{EventBase: base, Employee: p.Employee}
	case p.Template != nil:
		return &graph.TaskTemplateEvent{EventBase: base, Template: p.Template}
	case p.Store != nil && p.Region != nil:
		base.Store = &stores.Snapshot{Store: *p.Store, Region: p.Region}
		return &graph.StoreEvent{EventBase: base, Status: p.Store.Status}
	case p.Region != nil:
		return &graph.RegionEvent{EventBase: base, Region: p.Region}
	default:
		return nil
	}
}

// step returns the step that the event checked off or unchecked, or nil.
func (p payload) step() *tasks.Step {
	for i := range p.Steps {
		if p.StepID != nil && p.Steps[i].ID == *p.StepID {
			return &p.Steps[i]
		}
	}
	return nil
}

// employeeIDs returns the ids of the employees that the payload refers to.
func (p payload) employeeIDs() []uuid.UUID {
	var ids []uuid.UUID
	add := func(id uuid.NullUUID) {
		if id.Valid {
			ids = append(ids, id.UUID)
		}
	}
	if p.Task != nil {
		add(p.Task.AssigneeID)
	}
	for _, step := range p.Steps {
		add(step.DoneByID)
	}
	if p.Comment != nil {
		ids = append(ids, p.Comment.AuthorID)
	}
	return ids
}

// productIDs returns the ids of the products that the payload refers to.
func (p payload) productIDs() []uuid.UUID {
	switch {
	case p.Stock != nil:
		return []uuid.UUID{p.Stock.ProductID}
	case p.Price != nil:
		return []uuid.UUID{p.Price.ProductID}
	case p.Task != nil && p.Task.ProductID.Valid:
		return []uuid.UUID{p.Task.ProductID.UUID}
	default:
		return nil
	}
}
