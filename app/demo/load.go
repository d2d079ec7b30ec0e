package demo

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"aisle/store"
	"aisle/store/access"
	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/inventory"
	"aisle/store/kpis"
	"aisle/store/partners"
	"aisle/store/postgres"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// ErrNotEmpty is returned for a database that has a chain.
var ErrNotEmpty = errors.New("the database is not empty: a demo chain needs an empty database")

// Empty reports whether Load can create a chain: there are no stores and employees, except those of an interrupted Load.
func Empty(ctx context.Context, db store.DB) (bool, error) {
	empty, _, err := inspect(ctx, db)
	return empty, err
}

// inspect reports whether there is no chain, and whether there is one of an interrupted Load.
func inspect(ctx context.Context, db store.DB) (empty, interrupted bool, err error) {
	interrupted, err = staff.New(db).LoginExists(ctx, loadingLogin)
	if err != nil || interrupted {
		return interrupted, interrupted, wrap("look for an unfinished chain", err)
	}
	exists, err := stores.New(db).AnyStoreExists(ctx)
	if err != nil || exists {
		return false, false, wrap("look for stores", err)
	}
	exists, err = staff.New(db).AnyEmployeeExists(ctx)
	return !exists && err == nil, false, wrap("look for employees", err)
}

// Load creates a chain in the database, which must be migrated and Empty: otherwise it returns ErrNotEmpty and changes nothing.
// It first deletes the rows of an interrupted Load. A concurrent Load waits, and then returns ErrNotEmpty. Load uses three
// connections.
func Load(ctx context.Context, pool *postgres.Pool, o Options) (Chain, error) {
	o, err := o.check()
	if err != nil {
		return Chain{}, err
	}
	if n := pool.Config().MaxConns; n < 1+copiers {
		return Chain{}, fmt.Errorf("creating a demo chain needs a pool of %d connections, not %d", 1+copiers, n)
	}
	var chain Chain
	err = pool.WithLock(ctx, "demo", func(ctx context.Context) error {
		chain, err = load(ctx, pool, o)
		return err
	})
	return chain, err
}

func load(ctx context.Context, pool *postgres.Pool, o Options) (Chain, error) {
	empty, interrupted, err := inspect(ctx, pool)
	if err != nil {
		return Chain{}, err
	}
	if !empty {
		return Chain{}, ErrNotEmpty
	}
	p, rows, err := newPlan(o)
	if err != nil {
		return Chain{}, err
	}
	chain := newChain(rows)
	chain.Discarded = interrupted
	o.Progress(0, o.Stores)
	err = pool.InTx(ctx, func(db store.DB) error {
		if interrupted {
			if err := deleteChain(ctx, db); err != nil {
				return err
			}
		}
		return copyChain(ctx, db, p, rows)
	})
	if err != nil {
		return Chain{}, err
	}
	if err := copyStores(ctx, pool, p, &chain); err != nil {
		return Chain{}, err
	}
	err = pool.InTx(ctx, func(db store.DB) error { return finishChain(ctx, db, o, rows.Admin) })
	if err != nil {
		return Chain{}, err
	}
	return chain, postgres.Analyze(ctx, pool)
}

// finishChain removes the marker of an unfinished chain, and adds the partner and the administrator.
func finishChain(ctx context.Context, db store.DB, o Options, admin staff.CopyEmployeesParams) error {
	if err := staff.New(db).DeleteEmployee(ctx, loadingLogin); err != nil {
		return wrap("finish the chain", err)
	}
	if err := copyPartner(ctx, db, o); err != nil {
		return err
	}
	return copyPeople(ctx, db, o, []staff.CopyEmployeesParams{admin})
}

// deleteChain deletes the rows of an interrupted Load, and any that were added since.
func deleteChain(ctx context.Context, db store.DB) error {
	return errors.Join(
		wrap("remove KPIs", kpis.New(db).Clear(ctx)),
		wrap("remove feedback", feedback.New(db).Clear(ctx)),
		wrap("remove tasks", tasks.New(db).Clear(ctx)),
		wrap("remove stock", inventory.New(db).Clear(ctx)),
		wrap("remove the catalog", catalog.New(db).Clear(ctx)),
		wrap("remove partners", partners.New(db).Clear(ctx)),
		wrap("remove accounts", access.New(db).Clear(ctx)),
		wrap("remove employees", staff.New(db).Clear(ctx)),
		wrap("remove stores", stores.New(db).Clear(ctx)),
	)
}

const (
	storesPerBatch = 10 // in a transaction: about 30,000 rows
	copiers        = 2  // connections that copy stores concurrently
)

// copyStores makes stores and copies them concurrently.
func copyStores(ctx context.Context, pool *postgres.Pool, p *plan, chain *Chain) error {
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan []storeRows)
	copied := make(chan int)
	group.Go(func() error {
		defer close(batches)
		return makeStores(ctx, p, chain, batches)
	})
	for range copiers {
		group.Go(func() error { return copyBatches(ctx, pool, p.options, batches, copied) })
	}
	group.Go(func() error {
		for done := 0; done < p.options.Stores; {
			select {
			case n := <-copied:
				done += n
				p.options.Progress(done, p.options.Stores)
			case <-ctx.Done():
				return wrap("wait for copied stores", ctx.Err())
			}
		}
		return nil
	})
	return wrap("make the stores", group.Wait())
}

// makeStores makes all stores, counts their rows and sends them in batches.
func makeStores(ctx context.Context, p *plan, chain *Chain, batches chan<- []storeRows) error {
	for n := 1; n <= p.options.Stores; n += storesPerBatch {
		var batch []storeRows
		for i := n; i < n+storesPerBatch && i <= p.options.Stores; i++ {
			s := p.makeStore(i)
			*chain = chain.addStore(s, i == 1)
			batch = append(batch, s)
		}
		select {
		case batches <- batch:
		case <-ctx.Done():
			return wrap("wait for a connection", ctx.Err())
		}
	}
	return nil
}

// copyBatches copies each batch in a transaction, and sends the number of its stores.
func copyBatches(
	ctx context.Context, pool *postgres.Pool, o Options, batches <-chan []storeRows, copied chan<- int,
) error {
	for batch := range batches {
		if err := pool.InTx(ctx, func(db store.DB) error { return copyBatch(ctx, db, o, batch) }); err != nil {
			return err
		}
		select {
		case copied <- len(batch):
		case <-ctx.Done():
			return wrap("report copied stores", ctx.Err())
		}
	}
	return nil
}

func wrap(action string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return nil
}
