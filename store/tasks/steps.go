package tasks

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
)

// A TaskKey identifies a task for reading its steps and comments, whose indexes begin with the store.
type TaskKey struct{ StoreID, TaskID uuid.UUID }

// Key returns the task's key.
func (t Task) Key() TaskKey { return TaskKey{t.StoreID, t.ID} }

// Key returns the key of the step's task.
func (s Step) Key() TaskKey { return TaskKey{s.StoreID, s.TaskID} }

// splitKeys converts keys to the two array arguments of a query.
func splitKeys(keys []TaskKey) (storeIDs, taskIDs []uuid.UUID) {
	for _, k := range keys {
		storeIDs, taskIDs = append(storeIDs, k.StoreID), append(taskIDs, k.TaskID)
	}
	return storeIDs, taskIDs
}

// ListSteps returns the steps of tasks: those of a task in their order.
func (s *Service) ListSteps(ctx context.Context, scope auth.Scope, keys []TaskKey) ([]Step, error) {
	storeIDs, taskIDs := splitKeys(keys)
	rows, err := s.q.listStepsByTask(ctx, listStepsByTaskParams{
		StoreIds: storeIDs, TaskIds: taskIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	if err != nil {
		return nil, fmt.Errorf("steps of tasks: %w", err)
	}
	return rows, nil
}

// GetSteps returns the steps with the ids that the scope includes, in no order.
func (s *Service) GetSteps(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Step, error) {
	rows, err := s.q.getSteps(ctx, getStepsParams{Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	if err != nil {
		return nil, fmt.Errorf("steps by id: %w", err)
	}
	return rows, nil
}
