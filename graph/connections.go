package graph

import (
	"context"

	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/inventory"
	"aisle/store/partners"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// Node is an object with a global id.
//
//nolint:iface // GraphQL has both, for different objects
type Node interface{ GlobalID() string }

// Actor is who made a change: a *staff.Employee or a *partners.Partner.
//
//nolint:iface // GraphQL has both, for different objects
type Actor interface{ Node }

// PageInfo is the position of a page in its list (Relay).
type PageInfo struct {
	HasNextPage, HasPreviousPage bool
	StartCursor, EndCursor       *string
}

// Edge is one entry of a page.
type Edge[T any] struct {
	Node   *T
	Cursor string
}

// Connection is one page of a list (Relay).
type Connection[T any] struct {
	Edges    []Edge[T]
	PageInfo PageInfo

	total func(context.Context) (int, error)
}

// TotalCount returns the number of entries of the whole list.
func (c *Connection[T]) TotalCount(ctx context.Context) (int, error) { return c.total(ctx) }

// NewConnection returns the connection of the rows after a cursor. It calls total only if the client requests totalCount.
func NewConnection[T any](
	rows store.Page[T], after store.Cursor, cursor func(*T) store.Cursor, total func(context.Context) (int, error),
) *Connection[T] {
	c := &Connection[T]{Edges: make([]Edge[T], len(rows.Items)), total: total}
	for i := range rows.Items {
		item := &rows.Items[i]
		c.Edges[i] = Edge[T]{Node: item, Cursor: cursor(item).String()}
	}
	c.PageInfo.HasNextPage, c.PageInfo.HasPreviousPage = rows.HasMore, !after.IsZero()
	if n := len(c.Edges); n > 0 {
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &c.Edges[0].Cursor, &c.Edges[n-1].Cursor
	}
	return c
}

//revive:disable:exported // The connections and edges by their names in the schema.
type (
	RegionConnection        = Connection[stores.Region]
	RegionEdge              = Edge[stores.Region]
	StoreConnection         = Connection[stores.Snapshot]
	StoreEdge               = Edge[stores.Snapshot]
	EmployeeConnection      = Connection[staff.Employee]
	EmployeeEdge            = Edge[staff.Employee]
	ProductConnection       = Connection[catalog.Product]
	ProductEdge             = Edge[catalog.Product]
	StockConnection         = Connection[inventory.Stock]
	StockEdge               = Edge[inventory.Stock]
	LotConnection           = Connection[inventory.Lot]
	LotEdge                 = Edge[inventory.Lot]
	StockMovementConnection = Connection[inventory.Movement]
	StockMovementEdge       = Edge[inventory.Movement]
	FeedbackConnection      = Connection[feedback.Feedback]
	FeedbackEdge            = Edge[feedback.Feedback]
	PartnerConnection       = Connection[partners.Partner]
	PartnerEdge             = Edge[partners.Partner]
	TaskConnection          = Connection[tasks.Task]
	TaskEdge                = Edge[tasks.Task]
	TaskCommentConnection   = Connection[tasks.Comment]
	TaskCommentEdge         = Edge[tasks.Comment]
	TaskTemplateConnection  = Connection[tasks.Template]
	TaskTemplateEdge        = Edge[tasks.Template]
)
