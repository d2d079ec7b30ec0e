package loaders

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"golang.org/x/sync/errgroup"

	"aisle/auth"
	"aisle/store"
	"aisle/store/cache"
	"aisle/store/catalog"
	"aisle/store/events"
	"aisle/store/inventory"
	"aisle/store/redis"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// cachingNode is a node with its view of the log, its caches, and a Redis that it shares with others.
type cachingNode struct {
	*database

	log      *events.Log
	entities *EntityCache
	commands *store.CommandRunner
}

// startNode starts a node, which lives as long as the test.
func (d *database) startNode(t *testing.T, redisAddress string) *cachingNode {
	t.Helper()
	client, err := redis.NewClient("redis://" + redisAddress)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	shared := cache.NewSharedTier(client, redis.NewBreaker(quiet))
	entities := NewEntityCache(d.modules, EntityCacheOptions{MaxBytes: 64 << 20, Now: time.Now, Shared: shared})
	l := events.NewLog(events.Config{Pool: d.pool, Redis: client, Log: quiet, Watchers: []events.Watcher{entities}})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var group errgroup.Group
	group.Go(func() error { return l.Run(ctx) })
	group.Go(func() error { return shared.Run(ctx) })
	t.Cleanup(func() {
		stop()
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
		_ = client.Close()
	})
	n := &cachingNode{d, l, entities, store.NewCommandRunner(d.pool, time.Now, func(context.Context, uuid.UUID, store.Position) { l.Notify() })}
	n.knows(t, "at its start")
	return n
}

// knows waits until the node has read the log to its end: the settling time.
func (n *cachingNode) knows(t *testing.T, when string) {
	t.Helper()
	const patient = 30 * time.Second
	deadline := time.After(patient)
	for {
		var newest store.Position
		err := n.pool.QueryRow(t.Context(), `SELECT coalesce(max(xid), 0) FROM events.event`).Scan(&newest.XID)
		if err != nil {
			t.Fatal(err)
		}
		if end := n.log.Position(); !n.log.CaughtUpAt().Before(time.Unix(1, 0)) && end.XID >= newest.XID {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("the node does not read the log %s", when)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// change changes one of the cached rows, on this node.
func (n *cachingNode) change(ctx context.Context, random *rand.Rand) error {
	word := fmt.Sprint("Name ", random.IntN(1_000_000))
	system := auth.SystemScope()
	pick := func(ids []uuid.UUID) uuid.UUID { return ids[random.IntN(len(ids))] }
	run := func(f func(ctx context.Context, tx *store.Tx) error, locks ...store.Lock) error {
		_, err := store.Run(ctx, n.commands, store.Command{Name: "change", Locks: locks},
			func(ctx context.Context, tx *store.Tx) (struct{}, error) { return struct{}{}, f(ctx, tx) })
		return err
	}
	storeID, productID := pick(storeIDs), pick(productIDs)
	switch random.IntN(7) {
	case 0:
		return run(func(ctx context.Context, tx *store.Tx) error {
			_, err := n.modules.Stores.UpdateRegion(ctx, tx, system, pick(regionIDs), nil, &word)
			return err
		}, store.ModuleLock("stores"))
	case 1:
		return run(func(ctx context.Context, tx *store.Tx) error {
			_, err := n.modules.Stores.UpdateStore(ctx, tx, system, storeID, nil, func(s *stores.Store) {
				s.Name, s.RegionID = word, pick(regionIDs)
			})
			return err
		}, store.ModuleLock("stores"))
	case 2:
		return run(func(ctx context.Context, tx *store.Tx) error {
			boss := staff.Manager{Role: auth.RoleAdmin, Scope: system}
			_, err := n.modules.Staff.Rename(ctx, tx, boss, pick(n.employees), nil, &word)
			return err
		}, store.ModuleLock("staff"))
	case 3:
		return run(func(ctx context.Context, tx *store.Tx) error {
			boss := staff.Manager{Role: auth.RoleAdmin, Scope: system}
			place := staff.Reassignment{Role: new(auth.RoleStoreManager), StoreID: new(some(storeID)), RegionID: &uuid.NullUUID{}}
			if random.IntN(2) == 0 {
				place = staff.Reassignment{Role: new(auth.RoleRegionManager), StoreID: &uuid.NullUUID{}, RegionID: new(some(pick(regionIDs)))}
			}
			_, err := n.modules.Staff.Move(ctx, tx, boss, pick(n.employees[1:]), nil, place)
			return err
		}, store.ModuleLock("staff"))
	case 4:
		return run(func(ctx context.Context, tx *store.Tx) error {
			sku := strconv.Itoa(1 + random.IntN(2))
			_, err := n.modules.Catalog.Upsert(ctx, tx, system, []catalog.ProductImport{{SKU: sku, Name: word}}, inventory.FindStocked)
			return err
		}, store.ModuleLock("catalog"))
	case 5:
		return run(func(ctx context.Context, tx *store.Tx) error {
			_, err := n.modules.Catalog.SetPrices(ctx, tx, system, []catalog.PriceImport{{
				PriceKey: catalog.PriceKey{StoreID: storeID, ProductID: productID},
				Money:    catalog.Money{Amount: decimal.New(random.Int64N(10_000), -2), Currency: "USD"},
			}})
			return err
		}, store.StoreLocks(storeID)...)
	default:
		return run(func(ctx context.Context, tx *store.Tx) error {
			_, err := n.modules.Tasks.UpdateTemplate(ctx, tx, system, pick(templateIDs), nil,
				func(t *tasks.Template) { t.Title = word }, []tasks.DraftStep{{Title: word}})
			return err
		}, store.ModuleLock("tasks"))
	}
}

// compare says how what the node reads differs from what is true; empty when it does not.
func (n *cachingNode) compare(t *testing.T) string {
	t.Helper()
	now := time.Now()
	want, err := n.read(t.Context(), New(t.Context(), n.modules, nil, auth.SystemScope(), now, time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	got, err := n.read(t.Context(), New(t.Context(), n.modules, n.entities, auth.SystemScope(), now, time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	wantStores, gotStores := map[uuid.UUID]map[uuid.UUID]bool{}, map[uuid.UUID]map[uuid.UUID]bool{}
	for _, region := range regionIDs {
		ids, err := n.modules.Stores.ListIDsByRegion(t.Context(), region)
		if err != nil {
			t.Fatal(err)
		}
		wantStores[region] = set(ids)
		if ids, err = n.entities.StoresOfRegion(t.Context(), n.modules, region, now); err != nil {
			t.Fatal(err)
		}
		gotStores[region] = set(ids)
	}
	return cmp.Diff(want, got) + cmp.Diff(wantStores, gotStores)
}

func set(ids []uuid.UUID) map[uuid.UUID]bool {
	s := map[uuid.UUID]bool{}
	for _, id := range ids {
		s[id] = true
	}
	return s
}

// While all write and all read, nodes keep what they read as it was then. Once they have read the log, nothing of that is left.
func TestNothingIsStaleOnceANodeHasReadTheLog(t *testing.T) {
	t.Parallel()
	d, redisServer := newDatabase(t), miniredis.RunT(t)
	nodes := []*cachingNode{d.startNode(t, redisServer.Addr()), d.startNode(t, redisServer.Addr())}
	for round := range 5 {
		var writers, readers errgroup.Group
		ctx, stop := context.WithCancel(t.Context())
		for i, n := range nodes {
			for w := range 2 {
				random := rand.New(rand.NewPCG(uint64(round), uint64(2*i+w)))
				writers.Go(func() error {
					for range 15 {
						if err := n.change(ctx, random); err != nil {
							return err
						}
					}
					return nil
				})
			}
			readers.Go(func() error {
				for ctx.Err() == nil {
					_, err := n.read(context.WithoutCancel(ctx), New(ctx, n.modules, n.entities, auth.SystemScope(), time.Now(), time.Microsecond))
					if err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := writers.Wait(); err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes {
			n.knows(t, "after the writers")
		}
		stop()
		if err := readers.Wait(); err != nil {
			t.Fatal(err)
		}

		for i, n := range nodes {
			for range 2 {
				if diff := n.compare(t); diff != "" {
					t.Fatalf("round %d: node %d reads an outdated state: -true +cache:\n%s", round, i, diff)
				}
			}
		}
	}

	// One that begins now, with what Redis has of all that time.
	again := d.startNode(t, redisServer.Addr())
	if diff := again.compare(t); diff != "" {
		t.Errorf("a node that has begun reads an outdated state: -true +cache:\n%s", diff)
	}
	hits := int64(0)
	for _, s := range append(nodes[0].entities.Stats(), nodes[1].entities.Stats()...) {
		hits += s.MemoryHits + s.SharedHits
	}
	if hits == 0 {
		t.Error("nothing came from the caches: this test shows nothing")
	}
}

// A node that is killed between its commit and its bell tells nobody: the others look by themselves.
func TestChangeWithoutNotificationIsSeen(t *testing.T) {
	t.Parallel()
	d, redisServer := newDatabase(t), miniredis.RunT(t)
	n := d.startNode(t, redisServer.Addr())
	if diff := n.compare(t); diff != "" {
		t.Fatalf("before: %s", diff)
	}
	killed := &cachingNode{d, n.log, n.entities, store.NewCommandRunner(d.pool, time.Now, func(context.Context, uuid.UUID, store.Position) {})}
	for i := range uint64(20) {
		if err := killed.change(t.Context(), rand.New(rand.NewPCG(7, i))); err != nil {
			t.Fatal(err)
		}
	}

	n.knows(t, "without a bell")

	if diff := n.compare(t); diff != "" {
		t.Errorf("-true +cache:\n%s", diff)
	}
}
