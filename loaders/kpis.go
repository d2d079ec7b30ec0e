package loaders

import (
	"github.com/google/uuid"

	"aisle/store/kpis"
)

// KPIs loads the key performance indicators of stores.
type KPIs struct {
	ReportOfStore *Loader[ParentQuery[uuid.UUID, kpis.Range], *kpis.Report]
}

func newKPIs(r *request, s *kpis.Service) KPIs {
	return KPIs{ReportOfStore: newByQuery(r, s.GetReports)}
}
