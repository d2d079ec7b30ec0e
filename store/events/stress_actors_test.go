package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"aisle/auth"
	"aisle/store"
)

// A stressWriter writes as commands do: it takes a store's lock and holds its transaction open for a random time.
type stressWriter struct {
	*stressProcess

	random *rand.Rand
}

var errRollback = errors.New("roll back on purpose")

// run writes until writing ends.
func (w *stressWriter) run(ctx, writing context.Context) error {
	const maxEvents = 7 // events in a transaction; four on average
	each := time.Duration(w.Writers) * time.Second * (maxEvents + 1) / 2 / time.Duration(w.Rate)
	tick := time.NewTicker(each)
	defer tick.Stop()
	for writing.Err() == nil {
		var seqs []int64
		err := pgx.BeginFunc(ctx, w.pool.Pool, func(tx pgx.Tx) error {
			seqs = nil
			return w.change(ctx, tx, 1+w.random.IntN(maxEvents), &seqs)
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
func (w *stressWriter) change(ctx context.Context, tx pgx.Tx, n int, seqs *[]int64) error {
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

// changeTask increments a task's version and appends an event.
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

// startSubscriber starts a subscriber that reads until it reaches the end.
func (p *stressProcess) startSubscriber(ctx context.Context, group *errgroup.Group, s *readReport, n uint64, after string) error {
	f := &stressSubscriber{stressProcess: p, readReport: s, random: rand.New(rand.NewPCG(p.Seed, 2000+n))}
	if err := f.subscribe(ctx, after); err != nil {
		return err
	}
	if after == "" {
		s.After = f.subscription.cursor.at
	}
	f.cursor = s.After
	group.Go(func() error {
		defer func() { f.subscription.Close() }()
		if err := f.run(ctx); err != nil {
			return fmt.Errorf("%s, after %d events: %w", s.Name, len(s.Events), err)
		}
		return nil
	})
	return nil
}

// A stressSubscriber is a running subscriber.
type stressSubscriber struct {
	*stressProcess
	*readReport

	random       *rand.Rand
	subscription *Subscription
	cursor       store.Position // of the last event or checkpoint
}

func (f *stressSubscriber) subscribe(ctx context.Context, after string) (err error) {
	l := f.large
	if strings.Contains(f.Name, "tiny") {
		l = f.tiny
	}
	f.subscription, err = l.Subscribe(ctx, after, Filter{Scope: auth.SystemScope(), Stores: f.Stores, Types: f.Types})
	return err
}

// run reads until it is past the end.
func (f *stressSubscriber) run(ctx context.Context) error {
	for {
		done, err := f.next(ctx)
		if done || err != nil {
			return err
		}
		if strings.Contains(f.Name, "slow") && !f.isWritten() {
			store.SleepContext(ctx, time.Duration(f.random.IntN(120))*time.Millisecond)
		}
		if strings.Contains(f.Name, "restarting") && f.random.IntN(10) == 0 {
			if err := f.restart(ctx); err != nil {
				return err
			}
		}
	}
}

// isWritten reports whether all events are written.
func (f *stressSubscriber) isWritten() bool {
	select {
	case <-f.allWritten:
		return true
	default:
		return false
	}
}

// restart subscribes again after the last event or checkpoint that was read.
func (f *stressSubscriber) restart(ctx context.Context) error {
	f.subscription.Close()
	f.Restarts++
	return f.subscribe(ctx, f.cursor.String())
}

// next reads a batch. done reports that the end is reached: no more events can come.
func (f *stressSubscriber) next(ctx context.Context) (done bool, err error) {
	brief, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	batch, err := f.subscription.Next(brief)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return f.isWritten() && !f.subscription.cursor.at.Before(f.end), nil
	}
	if err != nil {
		return false, err
	}
	batch = slices.DeleteFunc(batch, func(e *Event) bool {
		f.cursor = e.Position
		return e.Type == store.EventCheckpoint
	})
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
