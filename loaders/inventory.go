package loaders

import (
	"time"

	"github.com/google/uuid"

	"aisle/store"
	"aisle/store/inventory"
)

// Inventory loads stock and lots.
type Inventory struct {
	Stocks           *Loader[uuid.UUID, *inventory.Stock]
	StockOf          *Loader[inventory.Key, *inventory.Stock]
	StockPages       *Loader[ParentQuery[uuid.UUID, inventory.StockPageQuery], store.Page[inventory.Stock]]
	StockCount       *Loader[ParentQuery[uuid.UUID, inventory.StockFilter], int]
	Lots             *Loader[uuid.UUID, *inventory.Lot]
	LotPages         *Loader[ParentQuery[inventory.Key, inventory.LotPageQuery], store.Page[inventory.Lot]]
	LotCount         *Loader[inventory.Key, int]
	LotPagesOfStores *Loader[ParentQuery[uuid.UUID, inventory.LotPageQuery], store.Page[inventory.Lot]]
	LotCountOfStores *Loader[ParentQuery[uuid.UUID, time.Time], int] // of a store; the query is the last day of expiry
	Movements        *Loader[uuid.UUID, *inventory.Movement]
	MovementPages    *Loader[ParentQuery[inventory.Key, inventory.MovementPageQuery], store.Page[inventory.Movement]]
	MovementCount    *Loader[inventory.Key, int]
}

func newInventory(r *request, s *inventory.Service) Inventory {
	return Inventory{
		Stocks:           newRows(r, s.GetStocks, func(s *inventory.Stock) uuid.UUID { return s.ID }),
		StockOf:          newRows(r, s.GetStocksByKey, func(s *inventory.Stock) inventory.Key { return s.Key() }),
		StockPages:       newPages(r, s.ListStocksByStore),
		StockCount:       newByQuery(r, s.CountStocksByStore),
		Lots:             newRows(r, s.GetLots, func(l *inventory.Lot) uuid.UUID { return l.ID }),
		LotPages:         newPages(r, s.ListLotsByStock),
		LotCount:         newCounts(r, s.CountLotsByStock),
		LotPagesOfStores: newPages(r, s.ListLotsByStore),
		LotCountOfStores: newByQuery(r, s.CountLotsByStore),
		Movements:        newRows(r, s.GetMovements, func(m *inventory.Movement) uuid.UUID { return m.ID }),
		MovementPages:    newPages(r, s.ListMovementsByStock),
		MovementCount:    newCounts(r, s.CountMovementsByStock),
	}
}
