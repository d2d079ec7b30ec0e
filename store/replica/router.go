package replica

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"aisle/store"
	"aisle/store/postgres"
)

// A Router sends reads to the primary or to one of its replicas. It uses a replica only while Monitor runs.
type Router struct {
	primary        *postgres.Pool
	identity       string // of the primary's database
	primaryNextXID *freshRead
	replicas       []*replica
	affinity       *affinity
	seed           maphash.Seed
	nextReplica    atomic.Uint64 // for reads without a viewer
	reads          struct{ primary, replica atomic.Int64 }
}

// Open makes a pool for each replica. It does not wait for them: while they cannot be reached, the primary answers.
func Open(ctx context.Context, primary *postgres.Pool, urls []string, o postgres.Options) (*Router, error) {
	r := &Router{primary: primary, affinity: newAffinity(), seed: maphash.MakeSeed()}
	r.primaryNextXID = newFreshRead(func(ctx context.Context) (int64, error) { return readNextXID(ctx, primary) })
	if len(urls) == 0 {
		return r, nil
	}
	var err error
	if r.identity, err = postgres.DatabaseIdentity(ctx, primary); err != nil {
		return nil, err
	}
	for i, url := range urls {
		if err := r.open(ctx, url, o); err != nil {
			r.Close()
			return nil, fmt.Errorf("replica %d of %d: %w", i+1, len(urls), err)
		}
	}
	return r, nil
}

func (r *Router) open(ctx context.Context, url string, o postgres.Options) error {
	opened, err := openReplica(ctx, url, o)
	if err != nil {
		return err
	}
	r.replicas = append(r.replicas, opened)
	if slices.ContainsFunc(r.replicas[:len(r.replicas)-1], func(other *replica) bool { return other.name == opened.name }) {
		return fmt.Errorf("%s is listed twice: list each replica once", opened.name)
	}
	return nil
}

// Close closes the connections to the replicas. It waits for those that are in use.
func (r *Router) Close() {
	for _, one := range r.replicas {
		one.pool.Close()
	}
}

// States returns the states of the replicas, in the order of their URLs.
func (r *Router) States() []State {
	states := make([]State, len(r.replicas))
	for i, one := range r.replicas {
		states[i] = one.state()
	}
	return states
}

// Reads returns how many queries of DB went to the primary and to replicas since the router was opened.
func (r *Router) Reads() (primary, replica int64) {
	return r.reads.primary.Load(), r.reads.replica.Load()
}

// DB returns the DB that modules read with. A query goes to a replica if
//
//   - its module is one of store.ModulesWithCompleteEvents (see store.WithModule): the changes of other modules are not in
//     the event log, so nobody knows how much of them a replica must have replayed;
//   - its context is that of a read session: see NewReadSession and WithMinPosition;
//   - a replica has replayed enough.
//
// All other statements go to the primary.
func (r *Router) DB() store.DB { return routedDB{DB: r.primary, router: r} } //nolint:ireturn // a decorator

type routedDB struct {
	store.DB // the primary

	router     *Router
	customPlan bool
}

// WithCustomPlan is called by store.WithCustomPlan.
func (d routedDB) WithCustomPlan() store.DB { //nolint:ireturn // a decorator
	return routedDB{store.WithCustomPlan(d.DB), d.router, true}
}

// Query runs a query on a replica or on the primary. A query that fails on a replica runs again on the primary: replay may
// have cancelled it, the connection may have broken, or the replica may just have left the rotation.
func (d routedDB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) { //nolint:ireturn // as in store.DB
	if s := sessionFrom(ctx); s != nil && d.router.mayRoute(ctx) {
		rows, err := d.queryReplica(ctx, s, sql, args)
		if rows != nil || err != nil {
			return rows, err
		}
	}
	d.router.reads.primary.Add(1)
	return d.DB.Query(ctx, sql, args...)
}

func (d routedDB) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row { //nolint:ireturn // as in store.DB
	return store.FirstRow(d.Query(ctx, sql, args...))
}

// queryReplica returns nil and nil if the query must run on the primary.
func (d routedDB) queryReplica(ctx context.Context, s *session, sql string, args []any) (pgx.Rows, error) { //nolint:ireturn // as in DB
	from, ok := d.router.chooseFor(ctx, s)
	if !ok {
		return nil, nil //nolint:nilnil // nil means that the primary must answer
	}
	d.router.reads.replica.Add(1)
	rows, err := from.replica.query(ctx, from.epoch, d.customPlan, sql, args)
	if err == nil {
		return rows, nil
	}
	if ctx.Err() != nil {
		return nil, err
	}
	s.usedPrimary.Store(true)
	return nil, nil //nolint:nilnil // nil means that the primary must answer
}

// mayRoute reports whether the module of a statement may be read from a replica.
func (r *Router) mayRoute(ctx context.Context) bool {
	module, ok := store.ModuleFrom(ctx)
	return ok && len(r.replicas) > 0 && slices.Contains(store.ModulesWithCompleteEvents[:], module)
}

// chooseFor returns the replica of a session. It is false when the primary must answer.
func (r *Router) chooseFor(ctx context.Context, s *session) (source, bool) {
	s.once.Do(func() { s.source, _ = r.choose(ctx, s.viewer, s.minPosition) })
	if s.source.replica == nil || s.usedPrimary.Load() {
		s.usedPrimary.Store(true)
		return source{}, false
	}
	s.usedReplica.Store(true)
	return s.source, true
}

// choose returns a replica that has replayed all transactions up to a position and all that the viewer has seen, for as
// long as its epoch lasts. It tries the viewer's own replica first: a viewer that stays with one replica sees no older
// state there. A viewer that was last answered elsewhere needs a replica that has replayed all that the primary shows now.
func (r *Router) choose(ctx context.Context, viewer uuid.UUID, minPosition store.Position) (from source, ok bool) {
	first, n := r.nextReplica.Add(1), uint64(len(r.replicas))
	if viewer != uuid.Nil {
		first = maphash.Bytes(r.seed, viewer[:])
	}
	ctx, cancel := context.WithTimeout(ctx, chooseTimeout)
	defer cancel()
	for i := range n {
		one := r.replicas[(first+i)%n]
		xid := minPosition.XID + 1
		current, healthy := one.current()
		if !healthy {
			continue
		}
		if !r.affinity.wasLast(viewer, source{one, current}) {
			end, err := r.primaryNextXID.get(ctx)
			if err != nil {
				break
			}
			xid = max(xid, end)
		}
		if one.waitReplayed(ctx, current, xid) {
			return source{one, current}, true
		}
	}
	return source{}, false
}

// readNextXID returns the transaction id that the primary assigns next: readers cannot have seen any transaction from it on.
func readNextXID(ctx context.Context, primary store.DB) (xid int64, err error) {
	err = primary.QueryRow(ctx, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").Scan(&xid)
	if err != nil {
		return 0, fmt.Errorf("read the primary's next transaction id: %w", err)
	}
	return xid, nil
}
