package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"aisle/auth"
	"aisle/store"
)

// writer writes as commands do: it takes its store's lock and then holds its transaction open as long as it likes.
type writer struct {
	*tortured

	random *rand.Rand
}

var errRollback = errors.New("this one is rolled back")

// run writes until writing ends.
func (w *writer) run(ctx, writing context.Context) error {
	const most = 7 // events in a transaction; four on average
	each := time.Duration(w.Writers) * time.Second * (most + 1) / 2 / time.Duration(w.Rate)
	tick := time.NewTicker(each)
	defer tick.Stop()
	for writing.Err() == nil {
		var seqs []int64
		err := pgx.BeginFunc(ctx, w.pool.Pool, func(tx pgx.Tx) error {
			seqs = nil
			return w.change(ctx, tx, 1+w.random.IntN(most), &seqs)
		})
		w.mu.Lock()
		switch {
		case err == nil:
			w.wrote.Committed = append(w.wrote.Committed, seqs...)
		case errors.Is(err, errRollback):
			w.wrote.RolledBack = append(w.wrote.RolledBack, seqs...)
		}
		w.mu.Unlock()
		if err == nil {
			w.large.Notify()
		} else if !errors.Is(err, errRollback) {
			return fmt.Errorf("writer: %w", err)
		}
		select {
		case <-tick.C:
		case <-writing.Done():
		}
	}
	return nil
}

// change writes n events of one store, in the order of their tasks' versions.
func (w *writer) change(ctx context.Context, tx pgx.Tx, n int, seqs *[]int64) error {
	at := w.Stores[w.random.IntN(len(w.Stores))]
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(store.StoreLock(at))); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	for range n {
		if w.random.IntN(4) == 0 {
			store.SleepContext(ctx, time.Duration(w.random.IntN(10))*time.Millisecond)
		}
		kind := []store.EventType{store.EventTaskStarted, store.EventTaskCompleted, store.EventTaskCommented}[w.random.IntN(3)]
		var seq int64
		err := tx.QueryRow(ctx, changeTask, taskOf(at, w.random.IntN(tasksOfStore)), store.NewID(), kind, at).Scan(&seq)
		if err != nil {
			return fmt.Errorf("change a task: %w", err)
		}
		*seqs = append(*seqs, seq)
	}
	store.SleepContext(ctx, time.Duration(w.random.ExpFloat64()*float64(8*time.Millisecond)))
	if w.random.IntN(6) == 0 {
		return errRollback
	}
	return nil
}

// changeTask counts a task's version up and tells of it.
const changeTask = `
WITH changed AS (UPDATE task SET version = version + 1 WHERE id = $1 RETURNING id, version)
INSERT INTO events.event (id, type, store_id, everyone, subject_id, occurred_at, data)
SELECT $2, $3, $4, false, id, now(), jsonb_build_object('task', id, 'version', version) FROM changed
RETURNING seq`

const tasksOfStore = 5

// taskOf is the id of one of a store's tasks.
func taskOf(storeID uuid.UUID, n int) uuid.UUID {
	storeID[15] = byte(n + 1)
	return storeID
}

// follow starts a subscriber, which reads until it has seen the end.
func (p *tortured) follow(ctx context.Context, group *errgroup.Group, s *saw, n uint64, after string) error {
	f := &followed{tortured: p, saw: s, random: rand.New(rand.NewPCG(p.Seed, 2000+n))}
	if err := f.subscribe(ctx, after); err != nil {
		return err
	}
	if after == "" {
		s.After = f.subscription.at
	}
	group.Go(func() error {
		defer func() { f.subscription.Close() }()
		if err := f.run(ctx); err != nil {
			return fmt.Errorf("%s, after %d events: %w", s.Name, len(s.Events), err)
		}
		return nil
	})
	return nil
}

// followed is a subscriber at work.
type followed struct {
	*tortured
	*saw

	random       *rand.Rand
	subscription *Subscription
}

func (f *followed) subscribe(ctx context.Context, after string) (err error) {
	l := f.large
	if strings.Contains(f.Name, "tiny") {
		l = f.tiny
	}
	f.subscription, err = l.Subscribe(ctx, after, Filter{Scope: auth.SystemScope(), Stores: f.Stores, Types: f.Types})
	return err
}

// run reads until it is past the end.
func (f *followed) run(ctx context.Context) error {
	for {
		done, err := f.next(ctx)
		if done || err != nil {
			return err
		}
		if strings.Contains(f.Name, "slow") && !f.ending() {
			store.SleepContext(ctx, time.Duration(f.random.IntN(120))*time.Millisecond)
		}
		if strings.Contains(f.Name, "restarting") && f.random.IntN(10) == 0 {
			if err := f.restart(ctx); err != nil {
				return err
			}
		}
	}
}

// ending says whether all events are written.
func (f *followed) ending() bool {
	select {
	case <-f.last:
		return true
	default:
		return false
	}
}

// restart goes on from the last event that was seen.
func (f *followed) restart(ctx context.Context) error {
	f.subscription.Close()
	f.Restarts++
	cursor := f.After
	if n := len(f.Events); n > 0 {
		cursor = f.Events[n-1]
	}
	return f.subscribe(ctx, cursor.String())
}

// next reads a batch, and says whether the end is reached: no event can come for it any more.
func (f *followed) next(ctx context.Context) (done bool, err error) {
	brief, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	batch, err := f.subscription.Next(brief)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return f.ending() && !f.subscription.at.Before(f.end), nil
	}
	if err != nil {
		return false, err
	}
	for _, e := range batch {
		var v taskVersion
		if err := json.Unmarshal(e.Data, &v); err != nil {
			return false, fmt.Errorf("data: %w", err)
		}
		f.Events, f.Tasks = append(f.Events, e.Position), append(f.Tasks, v)
	}
	if f.Name == "live" {
		f.mu.Lock()
		for _, e := range batch {
			f.cursors = append(f.cursors, e.Position)
		}
		f.mu.Unlock()
	}
	return false, nil
}
