package kpis

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// Service reads the module's rows.
type Service struct{ q *Queries }

// NewService returns the module's service on a pool or a transaction.
func NewService(db store.DB) *Service { return &Service{New(store.WithModule(db, "kpis"))} }

// GetReports returns the reports of the stores that the scope includes, by store id.
func (s *Service) GetReports(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, r Range,
) (map[uuid.UUID]*Report, error) {
	rows, err := s.q.listDaysByStore(ctx, listDaysByStoreParams{
		StoreIds: storeIDs, FromDay: r.From, ToDay: r.To, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	if err != nil {
		return nil, fmt.Errorf("days of stores: %w", err)
	}
	reports := make(map[uuid.UUID]*Report, len(storeIDs))
	for _, id := range storeIDs {
		if scope.IncludesStore(id) {
			reports[id] = newReport(r)
		}
	}
	for _, row := range rows {
		report := reports[row.StoreID]
		day := &report.Days[Range{r.From, row.Day}.days()-1]
		day.KPIs = KPIs{row.Completed, row.Answers, row.OnTime, row.Promoters, row.Detractors}
		report.KPIs = report.add(day.KPIs)
		report.seconds = append(report.seconds, row.Seconds...)
	}
	for _, report := range reports {
		report.MedianSecondsToComplete = median(report.seconds)
	}
	return reports, nil
}
