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

// ErrNotEmpty is a database that has a chain, which a demo must not touch.
var ErrNotEmpty = errors.New("the database has a chain already, and a demo chain is only put into an empty one")

// loadingLogin is the login of an employee who exists while a chain is being made, and nobody can sign in with. The
// first transaction brings it, the last one takes it away: a chain that has it was interrupted.
const loadingLogin = "demo.loading"

// Empty says whether Load can make a chain: there is no store and no employee, or those that an interrupted Load left.
func Empty(ctx context.Context, db store.DB) (bool, error) {
	empty, _, err := look(ctx, db)
	return empty, err
}

// look says whether there is no chain, and whether there is one that an interrupted Load left.
func look(ctx context.Context, db store.DB) (empty, interrupted bool, err error) {
	interrupted, err = staff.New(db).LoginExists(ctx, loadingLogin)
	if err != nil || interrupted {
		return interrupted, interrupted, wrap("look for an unfinished chain", err)
	}
	some, err := stores.New(db).AnyStoreExists(ctx)
	if err != nil || some {
		return false, false, wrap("look for stores", err)
	}
	some, err = staff.New(db).AnyEmployeeExists(ctx)
	return !some && err == nil, false, wrap("look for employees", err)
}

// Load makes a chain and copies it into the database, which must be migrated and Empty: else it answers ErrNotEmpty and
// changes nothing. What an interrupted Load left is removed first. Two that run at once wait for each other, and the
// second answers ErrNotEmpty. It uses three connections.
func Load(ctx context.Context, pool *postgres.Pool, o Options) (Chain, error) {
	o, err := o.check()
	if err != nil {
		return Chain{}, err
	}
	if n := pool.Config().MaxConns; n < 1+copiers {
		return Chain{}, fmt.Errorf("making a chain takes a pool of %d connections, and this one has %d", 1+copiers, n)
	}
	var chain Chain
	err = pool.WithLock(ctx, "demo", func(ctx context.Context) error {
		chain, err = load(ctx, pool, o)
		return err
	})
	return chain, err
}

func load(ctx context.Context, pool *postgres.Pool, o Options) (Chain, error) {
	empty, interrupted, err := look(ctx, pool)
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
	chain := begin(rows)
	chain.Discarded = interrupted
	o.Progress(0, o.Stores)
	err = pool.InTx(ctx, func(db store.DB) error {
		if interrupted {
			if err := discard(ctx, db); err != nil {
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
	err = pool.InTx(ctx, func(db store.DB) error { return finish(ctx, db, o, rows.Admin) })
	if err != nil {
		return Chain{}, err
	}
	return chain, postgres.Analyze(ctx, pool)
}

// finish makes the chain count as whole.
func finish(ctx context.Context, db store.DB, o Options, admin staff.CopyEmployeesParams) error {
	if err := staff.New(db).DeleteEmployee(ctx, loadingLogin); err != nil {
		return wrap("finish the chain", err)
	}
	if err := copyPartner(ctx, db, o); err != nil {
		return err
	}
	return copyPeople(ctx, db, o, []staff.CopyEmployeesParams{admin})
}

// discard removes what an interrupted Load left, and what came to it since.
func discard(ctx context.Context, db store.DB) error {
	return errors.Join(
		wrap("remove key figures", kpis.New(db).Clear(ctx)),
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
	storesPerBatch = 10 // stores of one transaction: some 30,000 rows
	copiers        = 2  // connections that copy stores at once: one for each core of a small machine
)

// copyStores makes the stores, and copies them meanwhile.
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

// makeStores makes all stores, counts them and sends them.
func makeStores(ctx context.Context, p *plan, chain *Chain, batches chan<- []storeRows) error {
	for n := 1; n <= p.options.Stores; n += storesPerBatch {
		var batch []storeRows
		for i := n; i < n+storesPerBatch && i <= p.options.Stores; i++ {
			s := p.store(i)
			*chain = chain.with(s, i == 1)
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

// copyBatches copies each batch in a transaction of its own, and says how many stores it had.
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

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
