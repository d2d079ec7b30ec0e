package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/events"
	"aisle/store/feedback"
	"aisle/store/kpis"
	"aisle/store/postgres"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// kpiStores are two stores with the services that compute their KPIs.
type kpiStores struct {
	pool     *postgres.Pool
	modules  loaders.Modules
	log      *events.Log
	config   kpis.Config
	commands *store.CommandRunner
	now      time.Time
	region   uuid.UUID
	stores   []uuid.UUID
	tasks    map[uuid.UUID]uuid.UUID // store ids by task id
	order    []uuid.UUID             // task ids in the order of their creation
}

// newKPIStores creates two stores on the day before a clock change in New York. Their events are not projected yet.
func newKPIStores(ctx context.Context, pool *postgres.Pool) (*kpiStores, error) {
	quiet := slog.New(slog.DiscardHandler)
	p := &kpiStores{
		pool: pool, modules: loaders.NewModules(pool), log: events.NewLog(events.Config{Pool: pool, Log: quiet}),
		now: time.Date(2026, 3, 7, 20, 0, 0, 0, time.UTC), tasks: map[uuid.UUID]uuid.UUID{},
	}
	p.config = kpiConfig(pool, p.modules, p.log, quiet)
	p.config.BatchSize = 3
	p.commands = store.NewCommandRunner(pool, func() time.Time { return p.now }, func(context.Context, uuid.UUID, store.Position) {})
	err := p.run(ctx, func(ctx context.Context, tx *store.Tx) error {
		region, err := p.modules.Stores.CreateRegion(ctx, tx, auth.SystemScope(), store.NewID().String(), "Region")
		if err != nil {
			return err
		}
		p.region = region.ID
		for _, zone := range []string{"America/New_York", "Pacific/Kiritimati"} {
			opened, err := p.modules.Stores.CreateStore(ctx, tx, auth.SystemScope(), stores.Store{
				RegionID: region.ID, Code: store.NewID().String(), Name: "Store", Format: stores.FormatSupermarket, Status: stores.StatusOpen,
				Timezone: zone,
			})
			if err != nil {
				return err
			}
			p.stores = append(p.stores, opened.ID)
		}
		return nil
	})
	return p, err
}

// run runs a command. It ignores user errors.
func (p *kpiStores) run(ctx context.Context, f func(context.Context, *store.Tx) error) error {
	_, err := store.Run(ctx, p.commands, store.Command{
		Name: "test", ActorID: uuid.Max, Locks: append(store.StoreLocks(p.stores...), store.ModuleLock("stores")),
	}, func(ctx context.Context, tx *store.Tx) (struct{}, error) { return struct{}{}, f(ctx, tx) })
	if broken := new(store.UserError); errors.As(err, &broken) {
		return nil
	}
	return err
}

// create creates a task of a store that is due after a duration.
func (p *kpiStores) create(ctx context.Context, storeID uuid.UUID, due time.Duration) (uuid.UUID, error) {
	var id uuid.UUID
	err := p.run(ctx, func(ctx context.Context, tx *store.Tx) error {
		made, err := p.modules.Tasks.Create(ctx, tx, auth.SystemScope(), []tasks.Draft{{
			StoreID: storeID, Title: "t", Kind: tasks.KindCleaning, Priority: tasks.PriorityLow, DueAt: tx.Now.Add(due),
		}})
		if err == nil {
			id = made[0].Task.ID
		}
		return err
	})
	p.tasks[id], p.order = storeID, append(p.order, id)
	return id, err
}

// editTask runs an action on a task.
func (p *kpiStores) editTask(ctx context.Context, action string, id uuid.UUID) error {
	edit, scope, t := tasks.Edit{TaskID: id}, auth.SystemScope(), p.modules.Tasks
	return p.run(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		switch action {
		case "start":
			_, err = t.Start(ctx, tx, scope, edit, true)
		case "complete":
			_, err = t.Complete(ctx, tx, scope, edit, "")
		case "verify":
			_, err = t.Verify(ctx, tx, scope, edit)
		case "reject":
			_, err = t.Reject(ctx, tx, scope, edit, "No.")
		case "cancel":
			_, err = t.Cancel(ctx, tx, scope, edit, "No.")
		default:
			_, err = t.AddComment(ctx, tx, scope, edit, "Said.")
		}
		return err
	})
}

// submitFeedback submits feedback of a customer.
func (p *kpiStores) submitFeedback(ctx context.Context, storeID uuid.UUID, score int32, ago time.Duration) error {
	return p.run(ctx, func(ctx context.Context, tx *store.Tx) error {
		said := feedback.Submission{StoreID: storeID, Score: score, SubmittedAt: tx.Now.Add(-ago)}
		_, err := p.modules.Feedback.Record(ctx, tx, auth.SystemScope(), []feedback.Submission{said})
		return err
	})
}

// changeTimezone sets the timezone of a store.
func (p *kpiStores) changeTimezone(ctx context.Context, storeID uuid.UUID, zone string) error {
	return p.run(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := p.modules.Stores.UpdateStore(ctx, tx, auth.SystemScope(), storeID, nil, func(s *stores.Store) { s.Timezone = zone })
		return err
	})
}

// catchUp projects all events.
func (p *kpiStores) catchUp(ctx context.Context, projector *kpis.Projector) error {
	const timeout = 30 * time.Second
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		if _, err := projector.ProcessBatch(ctx); err != nil {
			return err
		}
		var done bool
		err := p.pool.QueryRow(ctx, `SELECT built_at IS NOT NULL AND NOT EXISTS (SELECT FROM events.event AS e WHERE (e.xid, e.seq) > (p.xid, p.seq))
			FROM kpis.projection AS p`).Scan(&done)
		if err != nil || done {
			return err
		}
	}
}

// waitForSettledEvents waits until all events are settled. Transactions in other databases of the cluster also delay that.
func (p *kpiStores) waitForSettledEvents(ctx context.Context) error {
	const timeout, between = 30 * time.Second, 5 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	tick := time.NewTicker(between)
	defer tick.Stop()
	for {
		var newest store.Position
		err := p.pool.QueryRow(ctx, "SELECT xid, seq FROM events.event ORDER BY xid DESC, seq DESC LIMIT 1").Scan(&newest.XID, &newest.Seq)
		if err != nil {
			return err
		}
		if at, err := p.log.LastPosition(ctx); err != nil || at == newest {
			return err
		}
		<-tick.C
	}
}

// A day is a row of kpis.day, with sorted durations.
type day struct {
	Store                                             uuid.UUID
	Day                                               string
	Completed, OnTime, Answers, Promoters, Detractors int32
	Seconds                                           []int32
}

// projected returns the rows of kpis.day of the stores.
func (p *kpiStores) projected(ctx context.Context) ([]day, error) {
	return p.days(ctx, `SELECT store_id, day::text, completed, on_time, answers, promoters, detractors,
			ARRAY(SELECT s FROM unnest(seconds) AS s ORDER BY s)
		FROM kpis.day WHERE store_id = ANY ($1) ORDER BY store_id, day`)
}

// expected computes the days from the tables of the modules.
func (p *kpiStores) expected(ctx context.Context) ([]day, error) {
	return p.days(ctx, `
		WITH done AS (
			SELECT t.store_id, (t.completed_at AT TIME ZONE s.timezone)::date AS day, t.completed_at <= t.due_at AS on_time,
				extract(EPOCH FROM t.completed_at - t.created_at)::integer AS seconds
			FROM tasks.task AS t INNER JOIN stores.store AS s ON s.id = t.store_id
			WHERE t.status IN ('COMPLETED', 'VERIFIED') AND t.store_id = ANY ($1)
		), said AS (
			SELECT f.store_id, (f.submitted_at AT TIME ZONE s.timezone)::date AS day, f.score
			FROM feedback.feedback AS f INNER JOIN stores.store AS s ON s.id = f.store_id WHERE f.store_id = ANY ($1)
		), keys AS (SELECT store_id, day FROM done UNION SELECT store_id, day FROM said)
		SELECT k.store_id, k.day::text,
			(SELECT count(*)::integer FROM done AS d WHERE d.store_id = k.store_id AND d.day = k.day),
			(SELECT count(*)::integer FROM done AS d WHERE d.store_id = k.store_id AND d.day = k.day AND d.on_time),
			(SELECT count(*)::integer FROM said AS f WHERE f.store_id = k.store_id AND f.day = k.day),
			(SELECT count(*)::integer FROM said AS f WHERE f.store_id = k.store_id AND f.day = k.day AND f.score IN (9, 10)),
			(SELECT count(*)::integer FROM said AS f WHERE f.store_id = k.store_id AND f.day = k.day AND f.score < 7),
			ARRAY(SELECT d.seconds FROM done AS d WHERE d.store_id = k.store_id AND d.day = k.day ORDER BY d.seconds)
		FROM keys AS k ORDER BY k.store_id, k.day`)
}

func (p *kpiStores) days(ctx context.Context, query string) ([]day, error) {
	rows, err := p.pool.Query(ctx, query, p.stores)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []day{}
	for rows.Next() {
		d := day{}
		if err := rows.Scan(&d.Store, &d.Day, &d.Completed, &d.OnTime, &d.Answers, &d.Promoters, &d.Detractors, &d.Seconds); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// compare returns an error if the projected days are not the expected ones.
func (p *kpiStores) compare(ctx context.Context) error {
	want, err := p.expected(ctx)
	if err != nil {
		return err
	}
	got, err := p.projected(ctx)
	if err != nil {
		return err
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("the projected days are not those of the tasks and the feedback (-want +got):\n%s", diff)
	}
	return nil
}

func openTestPool(tb testing.TB) *postgres.Pool {
	tb.Helper()
	pool, err := postgres.Open(tb.Context(), pgtest.New(tb), postgres.Options{MaxConns: 6})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

// After random changes, with interrupted and concurrent projectors and rebuilds, the projected days equal those that are computed from
// the tasks and the feedback.
func TestKPIsMatchTasksAndFeedback(t *testing.T) {
	t.Parallel()
	pool := openTestPool(t)
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		good := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		p, err := newKPIStores(ctx, pool)
		good(err)
		one, other := kpis.NewProjector(p.config), kpis.NewProjector(p.config)
		place := rapid.SampledFrom(p.stores)
		step := func(t *rapid.T) {
			interrupted, cancel := context.WithCancel(ctx)
			defer cancel()
			if rapid.Bool().Draw(t, "interrupted") {
				timer := time.AfterFunc(time.Duration(rapid.IntRange(0, 8000).Draw(t, "after µs"))*time.Microsecond, cancel)
				defer timer.Stop()
			}
			var both sync.WaitGroup
			for _, projector := range []*kpis.Projector{one, other} {
				both.Go(func() { _, _ = projector.ProcessBatch(interrupted) }) // may fail: the next batch projects the rest
			}
			both.Wait()
		}
		work := func(t *rapid.T) {
			if len(p.order) == 0 {
				t.Skip("no task")
			}
			action := rapid.SampledFrom([]string{"start", "start", "complete", "complete", "complete", "verify", "reject", "cancel", "comment"})
			good(p.editTask(ctx, action.Draw(t, "action"), rapid.SampledFrom(p.order).Draw(t, "task")))
		}
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				_, err := p.create(ctx, place.Draw(t, "store"), time.Duration(rapid.IntRange(-3, 40).Draw(t, "hours"))*time.Hour)
				good(err)
			},
			"work": work, "work more": work, "work on": work,
			"say": func(t *rapid.T) {
				ago := time.Duration(rapid.IntRange(-1, 100).Draw(t, "hours")) * time.Hour
				good(p.submitFeedback(ctx, place.Draw(t, "store"), int32(rapid.IntRange(0, 10).Draw(t, "score")), ago))
			},
			"pass": func(t *rapid.T) {
				p.now = p.now.Add(time.Duration(rapid.IntRange(1, 9*60).Draw(t, "minutes")) * time.Minute)
			},
			"move": func(t *rapid.T) {
				good(p.changeTimezone(ctx, place.Draw(t, "store"), rapid.SampledFrom([]string{"America/New_York", "Asia/Kolkata", "Pacific/Apia"}).Draw(t, "zone")))
			},
			"step": step, "step on": step,
			"rebuild": func(t *rapid.T) {
				interrupted, cancel := context.WithTimeout(ctx, time.Duration(rapid.IntRange(1, 30).Draw(t, "after ms"))*time.Millisecond)
				defer cancel()
				_ = one.Rebuild(interrupted) // may fail: the next step rebuilds
			},
		})
		good(p.catchUp(ctx, one))
		good(p.compare(ctx))
		good(other.Rebuild(ctx))
		good(p.compare(ctx))
	})
}

func TestRejectedTasksAreNotCompleted(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p, err := newKPIStores(ctx, openTestPool(t))
	failOnError(t, err)
	projector := kpis.NewProjector(p.config)
	id, err := p.create(ctx, p.stores[0], time.Hour)
	failOnError(t, err, p.editTask(ctx, "start", id), p.editTask(ctx, "complete", id), p.catchUp(ctx, projector))
	completed, err := p.projected(ctx)
	failOnError(t, err)
	p.now = p.now.Add(48 * time.Hour)

	failOnError(t, p.editTask(ctx, "reject", id), p.catchUp(ctx, projector))
	rejected, err := p.projected(ctx)
	failOnError(t, err, p.editTask(ctx, "complete", id), p.catchUp(ctx, projector))
	again, err := p.projected(ctx)
	failOnError(t, err)

	if len(completed) != 1 || completed[0].Day != "2026-03-07" || completed[0].OnTime != 1 {
		t.Errorf("completed: %+v", completed)
	}
	if len(rejected) != 0 {
		t.Errorf("rejected: %+v", rejected)
	}
	if len(again) != 1 || again[0].Day != "2026-03-09" || again[0].OnTime != 0 {
		t.Errorf("completed again: %+v", again)
	}
}

// On the day of the clock change, midnight in New York is at 05:00 UTC and then at 04:00 UTC.
func TestDaysAreThoseOfTheStore(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p, err := newKPIStores(ctx, openTestPool(t))
	failOnError(t, err)
	for _, at := range []time.Time{
		time.Date(2026, 3, 8, 4, 59, 59, 0, time.UTC), time.Date(2026, 3, 8, 5, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 9, 3, 59, 59, 0, time.UTC), time.Date(2026, 3, 9, 4, 0, 0, 0, time.UTC),
	} {
		failOnError(t, p.submitFeedback(ctx, p.stores[0], 10, p.now.Sub(at)))
	}

	failOnError(t, p.catchUp(ctx, kpis.NewProjector(p.config)))

	kept, err := p.projected(ctx)
	failOnError(t, err)
	got := map[string]int32{}
	for _, d := range kept {
		got[d.Day] = d.Answers
	}
	if diff := cmp.Diff(map[string]int32{"2026-03-07": 1, "2026-03-08": 2, "2026-03-09": 1}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRebuildOfDaysThatTheLogLacks(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p, err := newKPIStores(ctx, openTestPool(t))
	failOnError(t, err)
	projector := kpis.NewProjector(p.config)
	failOnError(t, p.catchUp(ctx, projector))
	id, err := p.create(ctx, p.stores[0], time.Hour)
	failOnError(t, err, p.editTask(ctx, "start", id), p.editTask(ctx, "complete", id))
	_, err = p.pool.Exec(ctx, `UPDATE events.horizon SET (xid, seq) = (SELECT xid, seq FROM events.event ORDER BY xid DESC, seq DESC LIMIT 1)`)
	failOnError(t, err)
	_, err = p.pool.Exec(ctx, `TRUNCATE events.event`)
	failOnError(t, err)

	failOnError(t, p.catchUp(ctx, projector))

	failOnError(t, p.compare(ctx))
	if kept, err := p.projected(ctx); err != nil || len(kept) != 1 {
		t.Errorf("%+v (%v)", kept, err)
	}
}

// Repeated events count once in the totals.
func TestFiguresOfRegionsCountEachEventOnce(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p, err := newKPIStores(ctx, openTestPool(t))
	failOnError(t, err)
	p.config.Now = func() time.Time { return p.now }
	stays := map[string]time.Duration{}
	p.config.ObserveStatusDuration = func(status string, took time.Duration) { stays[status] += took }
	projector := kpis.NewProjector(p.config)
	board := kpis.NewChainSnapshot(projector)
	failOnError(t, p.catchUp(ctx, projector))
	p.now = p.now.Add(26 * time.Hour) // without events
	ids := make([]uuid.UUID, 3)
	for i := range ids {
		ids[i], err = p.create(ctx, p.stores[0], time.Duration(i)*time.Hour)
		failOnError(t, err, p.editTask(ctx, "start", ids[i]))
	}
	p.now = p.now.Add(90 * time.Minute)
	failOnError(t, p.editTask(ctx, "complete", ids[0]), p.editTask(ctx, "complete", ids[2]), p.editTask(ctx, "reject", ids[2]), p.editTask(ctx, "complete", ids[2]))
	failOnError(t, p.submitFeedback(ctx, p.stores[1], 9, time.Hour), p.submitFeedback(ctx, p.stores[1], 3, time.Hour), p.submitFeedback(ctx, p.stores[1], 10, 31*24*time.Hour))

	failOnError(t, p.waitForSettledEvents(ctx))

	behind := board.Metrics()
	failOnError(t, board.Refresh(ctx))
	lagging := board.Metrics()
	p.now = p.now.Add(time.Minute)
	failOnError(t, p.catchUp(ctx, projector))
	_, err = p.pool.Exec(ctx, `UPDATE kpis.projection SET xid = 0, seq = 0`) // projects all events a second time
	failOnError(t, err, p.catchUp(ctx, projector), board.Refresh(ctx))
	metrics := board.Metrics()

	if behind != nil {
		t.Errorf("metrics before the first refresh: %+v", behind)
	}
	if lagging.Lag != 90*time.Minute || metrics.Lag != 0 {
		t.Errorf("the lag is %v, then %v", lagging.Lag, metrics.Lag)
	}
	want := []kpis.RegionMetrics{{
		Region: metrics.Regions[0].Region, Created: 3, Done: 3, Overdue: 1, OnTime: new(0.5), NPS: new(0.0), Stores: 2, Silent: 1,
	}}
	if diff := cmp.Diff(want, metrics.Regions); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int64{"OPEN": 0, "ASSIGNED": 0, "IN_PROGRESS": 1}, metrics.Tasks); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]time.Duration{"OPEN": 0, "IN_PROGRESS": 180 * time.Minute, "COMPLETED": 0}, stays); diff != "" {
		t.Error(diff)
	}
	p.now = p.now.Add(time.Hour)
	if late := board.Metrics(); late != nil {
		t.Errorf("metrics of an hour ago are returned: %+v", late)
	}
}

// failOnError fails the test if one of the errors is not nil.
func failOnError(tb testing.TB, errs ...error) {
	tb.Helper()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		tb.Fatal(errs[i])
	}
}

// Facts older than a year are deleted. Their days stay, also after later changes of the tasks.
func TestOldFactsAreDeletedAndDaysStay(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p, err := newKPIStores(ctx, openTestPool(t))
	failOnError(t, err)
	p.now = time.Now().UTC() // the time of new ids
	p.config.Now = func() time.Time { return p.now }
	projector := kpis.NewProjector(p.config)
	var done []uuid.UUID
	for range 5 { // more than one batch of deletions
		id, err := p.create(ctx, p.stores[0], time.Hour)
		failOnError(t, err, p.editTask(ctx, "start", id), p.editTask(ctx, "complete", id), p.submitFeedback(ctx, p.stores[0], 9, 0))
		done = append(done, id)
	}
	cancelled, err := p.create(ctx, p.stores[0], time.Hour)
	failOnError(t, err, p.editTask(ctx, "cancel", cancelled))
	open, err := p.create(ctx, p.stores[0], time.Hour)
	failOnError(t, err, p.catchUp(ctx, projector))
	facts := func() (ids []uuid.UUID, said int) {
		t.Helper()
		failOnError(t, p.pool.QueryRow(ctx, `SELECT ARRAY(SELECT task_id FROM kpis.task ORDER BY task_id), (SELECT count(*) FROM kpis.feedback)`).Scan(&ids, &said))
		return ids, said
	}
	totals := func() (created, done int64) {
		t.Helper()
		failOnError(t, p.pool.QueryRow(ctx, `SELECT created, done FROM kpis.region WHERE id = $1`, p.region).Scan(&created, &done))
		return created, done
	}
	trim := func() (portions int) {
		t.Helper()
		for more := true; more; portions++ {
			more, err = projector.DeleteExpired(ctx)
			failOnError(t, err)
		}
		return portions
	}

	p.now = p.now.Add(360 * 24 * time.Hour)
	trim()
	if ids, said := facts(); len(ids) != 7 || said != 5 {
		t.Errorf("the facts of a year are %d tasks and %d answers", len(ids), said)
	}
	p.now = p.now.Add(10 * 24 * time.Hour)
	recent, err := p.create(ctx, p.stores[0], time.Hour)
	failOnError(t, err, p.editTask(ctx, "start", recent), p.editTask(ctx, "complete", recent), p.catchUp(ctx, projector))
	portions := trim()

	ids, said := facts()
	if diff := cmp.Diff([]uuid.UUID{open, recent}, ids); diff != "" || said != 0 || portions != 3 {
		t.Errorf("%d answers are left after %d batches, and tasks: %s", said, portions, diff)
	}
	failOnError(t, p.compare(ctx))

	before, err := p.projected(ctx)
	failOnError(t, err, p.editTask(ctx, "comment", done[0]), p.editTask(ctx, "comment", cancelled), p.editTask(ctx, "verify", done[1]), p.editTask(ctx, "reject", done[2]),
		p.changeTimezone(ctx, p.stores[0], "Europe/Berlin"), p.changeTimezone(ctx, p.stores[0], "America/New_York"), p.catchUp(ctx, projector))
	after, err := p.projected(ctx)
	failOnError(t, err)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the days of a year ago have changed: %s", diff)
	}
	if created, done := totals(); created != 8 || done != 6 {
		t.Errorf("%d were created and %d done", created, done)
	}

	failOnError(t, p.editTask(ctx, "complete", done[2]), p.catchUp(ctx, projector))
	if created, done := totals(); created != 8 || done != 7 {
		t.Errorf("after a task was completed again: %d were created and %d done", created, done)
	}
	failOnError(t, projector.Rebuild(ctx), p.compare(ctx))
}
