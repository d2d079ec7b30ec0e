package loaders

import (
	"github.com/google/uuid"

	"aisle/store"
	"aisle/store/stores"
)

// Stores loads regions and stores.
type Stores struct {
	Regions       *Loader[uuid.UUID, *stores.Region]
	Stores        *Loader[uuid.UUID, *stores.Snapshot]
	PagesOfRegion *Loader[Of[uuid.UUID, stores.PageQuery], store.Rows[stores.Snapshot]]
	CountOfRegion *Loader[Of[uuid.UUID, stores.Filter], int]
}

func newStores(r *request, s *stores.Service, h *Hot) Stores {
	return Stores{
		Regions: newHotRows(r, h.regions, s.Regions, func(g *stores.Region) uuid.UUID { return g.ID }, (*stores.Region).VisibleTo),
		Stores: newHotRows(r, h.stores, s.Stores, func(s *stores.Snapshot) uuid.UUID { return s.ID },
			(*stores.Snapshot).VisibleTo),
		PagesOfRegion: newPages(r, s.PagesOfRegions),
		CountOfRegion: newByQuery(r, s.CountOfRegions),
	}
}
