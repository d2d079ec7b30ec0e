package loaders

import (
	"github.com/google/uuid"

	"aisle/store/kpis"
)

// Kpis loads the key performance indicators of stores.
type Kpis struct {
	ReportOfStore *Loader[ParentQuery[uuid.UUID, kpis.Range], *kpis.Report]
}

func newKpis(r *request, s *kpis.Service) Kpis {
	return Kpis{ReportOfStore: newByQuery(r, s.GetReports)}
}
