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
	StockPages       *Loader[Of[uuid.UUID, inventory.StockPageQuery], store.Rows[inventory.Stock]]
	StockCount       *Loader[Of[uuid.UUID, bool], int] // of the store; whether only what is low
	Lots             *Loader[uuid.UUID, *inventory.Lot]
	LotPages         *Loader[Of[inventory.Key, inventory.LotPageQuery], store.Rows[inventory.Lot]]
	LotCount         *Loader[inventory.Key, int]
	LotPagesOfStores *Loader[Of[uuid.UUID, inventory.LotPageQuery], store.Rows[inventory.Lot]]
	LotCountOfStores *Loader[Of[uuid.UUID, time.Time], int] // of the store; that expire by the day
	Movements        *Loader[uuid.UUID, *inventory.Movement]
	MovementPages    *Loader[Of[inventory.Key, inventory.MovementPageQuery], store.Rows[inventory.Movement]]
	MovementCount    *Loader[inventory.Key, int]
}

func newInventory(r *request, s *inventory.Service) Inventory {
	return Inventory{
		Stocks:           newRows(r, s.Stocks, func(s *inventory.Stock) uuid.UUID { return s.ID }),
		StockOf:          newRows(r, s.StocksOf, func(s *inventory.Stock) inventory.Key { return s.Key() }),
		StockPages:       newPages(r, s.StockPages),
		StockCount:       newByQuery(r, s.CountStock),
		Lots:             newRows(r, s.Lots, func(l *inventory.Lot) uuid.UUID { return l.ID }),
		LotPages:         newPages(r, s.LotPages),
		LotCount:         newCounts(r, s.CountLots),
		LotPagesOfStores: newPages(r, s.LotPagesOfStores),
		LotCountOfStores: newByQuery(r, s.CountLotsOfStores),
		Movements:        newRows(r, s.Movements, func(m *inventory.Movement) uuid.UUID { return m.ID }),
		MovementPages:    newPages(r, s.MovementPages),
		MovementCount:    newCounts(r, s.CountMovements),
	}
}
