package resolvers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// createRegionTasks creates a task in each open store of a region.
func (r *Resolver) createRegionTasks(ctx context.Context, in graph.CreateRegionTasksInput) (createdTasks, []store.UserError, error) {
	open, err := r.openStores(ctx, in)
	c := store.Command{Locks: store.StoreLocks(open...)}
	return runMutation(ctx, r, c, err, func(ctx context.Context, scope auth.Scope, tx *store.Tx) (createdTasks, error) {
		drafts, rejected, err := parseRegionTasks(r.withTxLoaders(ctx, tx, scope), in, open)
		if err != nil {
			return createdTasks{}, err
		}
		created, err := r.Modules.Tasks.Create(ctx, tx, scope, drafts)
		return createdTasks{created, rejected}, err
	})
}

// openStores checks the due time, and returns the open stores of the region in the order of their codes.
func (r *Resolver) openStores(ctx context.Context, in graph.CreateRegionTasksInput) ([]uuid.UUID, error) {
	switch {
	case in.DueAt == nil && in.DueLocal == nil:
		return nil, store.NewUserError(store.CodeRequired, "dueAt", "The due time is missing. Send dueAt or dueLocal.")
	case in.DueAt != nil && in.DueLocal != nil:
		return nil, store.NewInputError("dueLocal", "There are two due times. Send dueAt or dueLocal, not both.")
	}
	regionID, err := parseID("regionId", stores.RegionPrefix, in.RegionID)
	if err != nil {
		return nil, err
	}
	ids, err := r.Modules.Stores.ListIDsByRegion(ctx, regionID)
	if err != nil {
		return nil, err
	}
	found, err := loaders.FromContext(ctx).Stores().Stores.LoadMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(s *stores.Snapshot) bool { return s == nil })
	if len(found) == 0 {
		return nil, store.NewUserError(store.CodeNotFound, "regionId", "There is no such region, or it has no stores.")
	}
	found = slices.DeleteFunc(found, func(s *stores.Snapshot) bool { return s.Status != stores.StatusOpen })
	slices.SortFunc(found, func(a, b *stores.Snapshot) int { return strings.Compare(a.Code, b.Code) })
	if n := len(found); n == 0 {
		return nil, store.NewUserError(store.CodeClosed, "regionId", "No store of the region is open.")
	} else if n > tasks.MaxTasks {
		return nil, store.NewUserError(store.CodeTooMany, "regionId",
			"The region has %d open stores. Use createTasks, with at most %d tasks at a time.", n, tasks.MaxTasks)
	}
	open := make([]uuid.UUID, len(found))
	for i, at := range found {
		open[i] = at.ID
	}
	return open, nil
}

// parseRegionTasks returns a task for each store that still takes tasks.
func parseRegionTasks(
	ctx context.Context, in graph.CreateRegionTasksInput, open []uuid.UUID,
) (drafts []tasks.Draft, rejected []store.RejectedRow, err error) {
	list := make([]graph.TaskInput, len(open))
	for i, id := range open {
		list[i] = graph.TaskInput{
			StoreID: store.GlobalID(stores.StorePrefix, id), TemplateID: in.TemplateID, Title: in.Title, Instructions: in.Instructions,
			Kind: in.Kind, Priority: in.Priority, ProductID: in.ProductID, Steps: in.Steps,
		}
	}
	known, err := loadTaskReferences(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	draft, err := known.parseContent(list[0])
	if err != nil {
		return nil, nil, err
	}
	if n := len(draft.Steps) * len(open); n > maxStepsPerCommand {
		return nil, nil, store.NewUserError(store.CodeTooMany, "steps",
			"The tasks of %d stores have %d steps. At most %d are allowed.", len(open), n, maxStepsPerCommand)
	}
	if err := checkRegionDueYear(in); err != nil {
		return nil, nil, err
	}
	drafts, _, rejected, err = parseRows(list, func(_ int, row graph.TaskInput) (tasks.Draft, error) {
		draft := draft
		at, err := known.openStore(row.StoreID)
		if err != nil {
			return draft, withField(err) // the client sent no such row
		}
		draft.StoreID = at.ID
		draft.DueAt, err = regionDueAt(in, at)
		return draft, err
	})
	return drafts, rejected, err
}

// checkRegionDueYear checks the year of the due time, of which there is one.
func checkRegionDueYear(in graph.CreateRegionTasksInput) error {
	if in.DueAt != nil {
		return checkDueYear("dueAt", *in.DueAt)
	}
	return checkDueYear("dueLocal", *in.DueLocal)
}

// regionDueAt returns the due time in a store.
func regionDueAt(in graph.CreateRegionTasksInput, at *stores.Snapshot) (time.Time, error) {
	if in.DueAt != nil {
		return *in.DueAt, nil
	}
	zone, err := time.LoadLocation(at.Timezone)
	if err != nil {
		return time.Time{}, fmt.Errorf("timezone of the store %s: %w", at.Code, err)
	}
	return tasks.LocalTime(*in.DueLocal, zone), nil
}
