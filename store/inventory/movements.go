package inventory

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// MovementPrefix is the prefix of movements' global ids.
const MovementPrefix = "movement"

// MaxMovements is the maximum number of movements that one command records.
const MaxMovements = 1000

// GlobalID returns the movement's id for clients.
func (m Movement) GlobalID() string { return store.GlobalID(MovementPrefix, m.ID) }

// Key returns the key of the movement's stock.
func (m Movement) Key() Key { return Key{m.StoreID, m.ProductID} }

// EventData is the data of a stock's event: the stock after a movement, and the movement.
type EventData struct {
	Stock    Stock    `json:"stock"`
	Movement Movement `json:"movement"`
}

// A MovementPageQuery is a page of a stock's movements, newest first.
type MovementPageQuery struct {
	First int32
	After store.Cursor
}

const movementOrder = 'v'

// ParseMovementCursor parses a cursor of a list of movements.
func ParseMovementCursor(s string) (store.Cursor, error) {
	return store.ParseTimeCursor(movementOrder, s)
}

// Cursor returns the movement's cursor.
func (m Movement) Cursor() store.Cursor { return store.TimeCursor(movementOrder, m.RecordedAt, m.ID) }

// GetMovements returns the movements with the ids that the scope includes, in no order.
func (s *Service) GetMovements(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Movement, error) {
	rows, err := s.q.getMovements(ctx, getMovementsParams{Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	if err != nil {
		return nil, fmt.Errorf("movements by id: %w", err)
	}
	return rows, nil
}

// ListMovementsByStock returns one page of movements for each stock.
func (s *Service) ListMovementsByStock(
	ctx context.Context, scope auth.Scope, keys []Key, q MovementPageQuery,
) (map[Key]store.Page[Movement], error) {
	storeIDs, productIDs := splitKeys(keys)
	return store.ListByParent(ctx, "movements of stock", s.q.listMovementsByStock, listMovementsByStockParams{
		StoreIds: storeIDs, ProductIds: productIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		AfterAt: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(m *Movement) Key { return m.Key() })
}

// CountMovementsByStock counts the movements of stocks. A stock without movements is absent.
func (s *Service) CountMovementsByStock(ctx context.Context, scope auth.Scope, keys []Key) (map[Key]int, error) {
	storeIDs, productIDs := splitKeys(keys)
	return store.CountByParent(ctx, "movements of stock", s.q.countMovementsByStock, countMovementsByStockParams{
		StoreIds: storeIDs, ProductIds: productIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	}, func(r countMovementsByStockRow) (Key, int64) { return Key{r.StoreID, r.ProductID}, r.Total })
}

// FindStocked returns which of the products have stock or movements in any store, in no order.
func FindStocked(ctx context.Context, tx *store.Tx, productIDs []uuid.UUID) ([]uuid.UUID, error) {
	ids, err := New(tx).listStockedProductIDs(ctx, productIDs)
	if err != nil {
		return nil, fmt.Errorf("products with stock: %w", err)
	}
	return ids, nil
}
