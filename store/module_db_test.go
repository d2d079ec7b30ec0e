package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"aisle/auth"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/fleet"
	"aisle/store/inventory"
	"aisle/store/kpis"
	"aisle/store/partners"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// taggedDB records the tags of queries, and answers none.
type taggedDB struct {
	store.DB

	tags []string
}

var errNoAnswer = errors.New("no answer")

func (d *taggedDB) Query(ctx context.Context, _ string, _ ...any) (pgx.Rows, error) { //nolint:ireturn // as in DB
	module, ok := store.ModuleFrom(ctx)
	if !ok {
		module = store.UntaggedModule
	}
	d.tags = append(d.tags, module)
	return nil, errNoAnswer
}

func (d *taggedDB) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row { //nolint:ireturn // as in DB
	return store.FirstRow(d.Query(ctx, sql, args...))
}

func (d *taggedDB) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults { //nolint:ireturn // as in DB
	return pgx.FailedBatchResults(batch, d.QueryRow(ctx, "").Scan())
}

// Replica routing and the validity of cached responses depend on the tags. A module's single rows and its filtered lists, which
// have custom plans, are tagged.
func TestEachModuleTagsItsReads(t *testing.T) {
	t.Parallel()
	ids, scope := []uuid.UUID{{1}}, auth.SystemScope()
	for module, reads := range map[string][]func(ctx context.Context, db store.DB) error{
		"stores": {
			func(ctx context.Context, db store.DB) error {
				_, err := stores.NewService(db).GetStores(ctx, scope, ids)
				return err
			},
			func(ctx context.Context, db store.DB) error {
				_, err := stores.NewService(db).ListByRegion(ctx, scope, ids, stores.PageQuery{First: 1})
				return err
			},
		},
		"staff": {
			func(ctx context.Context, db store.DB) error {
				_, err := staff.NewService(db).GetEmployees(ctx, scope, ids)
				return err
			},
			func(ctx context.Context, db store.DB) error {
				_, err := staff.NewService(db).ListByStore(ctx, scope, ids, staff.PageQuery{First: 1})
				return err
			},
		},
		"catalog": {
			func(ctx context.Context, db store.DB) error {
				_, err := catalog.NewService(db).GetProducts(ctx, scope, ids)
				return err
			},
			func(ctx context.Context, db store.DB) error {
				_, err := catalog.NewService(db).Count(ctx, scope, catalog.Filter{})
				return err
			},
		},
		"inventory": {
			func(ctx context.Context, db store.DB) error {
				_, err := inventory.NewService(db).GetStocks(ctx, scope, ids)
				return err
			},
			func(ctx context.Context, db store.DB) error {
				_, err := inventory.NewService(db).ListStocksByStore(ctx, scope, ids, inventory.StockPageQuery{First: 1})
				return err
			},
		},
		"tasks": {
			func(ctx context.Context, db store.DB) error {
				_, err := tasks.NewService(db).GetTasks(ctx, scope, ids)
				return err
			},
			func(ctx context.Context, db store.DB) error {
				_, err := tasks.NewService(db).ListByStore(ctx, scope, ids, tasks.PageQuery{First: 1})
				return err
			},
		},
		"feedback": {
			func(ctx context.Context, db store.DB) error {
				_, err := feedback.NewService(db).GetFeedback(ctx, scope, ids)
				return err
			},
		},
		"kpis": {
			func(ctx context.Context, db store.DB) error {
				_, err := kpis.NewService(db).GetReports(ctx, scope, ids, kpis.Range{})
				return err
			},
		},
		"partners": {
			func(ctx context.Context, db store.DB) error {
				_, err := partners.NewService(db).GetPartners(ctx, scope, ids)
				return err
			},
		},
		"access": {
			func(ctx context.Context, db store.DB) error {
				_, err := access.NewService(db).ListActiveSessions(ctx, ids, time.Now())
				return err
			},
		},
		"fleet": {
			func(ctx context.Context, db store.DB) error {
				_, err := fleet.NewService(db).ListNodes(ctx, scope)
				return err
			},
		},
	} {
		db := &taggedDB{}
		for _, read := range reads {
			if err := read(t.Context(), db); !errors.Is(err, errNoAnswer) {
				t.Errorf("%s: got %v", module, err)
			}
		}
		if want := slices.Repeat([]string{module}, len(reads)); !slices.Equal(db.tags, want) {
			t.Errorf("%s: tagged %v", module, db.tags)
		}
	}
}
