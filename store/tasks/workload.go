package tasks

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
)

// A Workload counts the unfinished tasks of a store.
type Workload struct {
	Unfinished, Overdue int32

	// NextDue is when the next task that is not overdue is due, in UTC; zero for none. If no task changes, Overdue is valid up
	// to and including this instant.
	NextDue time.Time
}

// GetWorkloads returns the workload of stores at an instant: Overdue counts the tasks that were due before it. A store that
// never had a task is absent.
func (s *Service) GetWorkloads(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, at time.Time,
) (map[uuid.UUID]Workload, error) {
	rows, err := s.q.getWorkloads(ctx, getWorkloadsParams{
		StoreIds: storeIDs, At: at, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	workloads := make(map[uuid.UUID]Workload, len(rows))
	for _, r := range rows {
		workloads[r.StoreID] = Workload{r.Unfinished, r.Overdue, r.NextDue.UTC()}
	}
	if err != nil {
		return nil, fmt.Errorf("workloads of stores: %w", err)
	}
	return workloads, nil
}

// SumWorkloads returns the workload of several stores together.
func SumWorkloads(loads []Workload) (sum Workload) {
	for _, load := range loads {
		sum.Unfinished, sum.Overdue = sum.Unfinished+load.Unfinished, sum.Overdue+load.Overdue
		if sum.NextDue.IsZero() || !load.NextDue.IsZero() && load.NextDue.Before(sum.NextDue) {
			sum.NextDue = load.NextDue
		}
	}
	return sum
}

// ListStoresWithOverdueTasks returns the stores that have unfinished tasks which were due before an instant.
func (s *Service) ListStoresWithOverdueTasks(ctx context.Context, scope auth.Scope, at time.Time) ([]uuid.UUID, error) {
	ids, err := s.q.listStoresWithOverdueTasks(ctx, listStoresWithOverdueTasksParams{
		At: at, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	if err != nil {
		return nil, fmt.Errorf("stores with overdue tasks: %w", err)
	}
	return ids, nil
}
