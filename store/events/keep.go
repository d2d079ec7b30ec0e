package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"aisle/store"
)

const (
	daysAhead = 7         // for how many days there are partitions in advance
	keepEvery = time.Hour // how often that is looked after
)

// CreatePartitions makes the partitions of today and of the days to come: without today's nothing can be written. Whatever
// runs commands calls it first.
func CreatePartitions(ctx context.Context, db store.DB) error {
	_, err := New(db).createPartitions(ctx, daysAhead)
	return store.Wrap("make partitions of the log of events", err)
}

// RunMaintenance makes the partitions of the days to come and lets go of what is too old, until ctx ends. Nodes take turns.
func (l *Log) RunMaintenance(ctx context.Context) error {
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		if err := l.Maintain(ctx); err != nil && ctx.Err() == nil {
			l.config.Log.WarnContext(ctx, "the log of events was not looked after; trying again in an hour", "error", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Maintain does once what Keep does, unless another node is at it.
func (l *Log) Maintain(ctx context.Context) error {
	return l.alone(ctx, func(ctx context.Context) error {
		return store.Wrap("look after the log of events", errors.Join(l.makeDays(ctx), l.removeDays(ctx), l.removeCommands(ctx)))
	})
}

// alone runs f unless another node runs it in this database.
func (l *Log) alone(ctx context.Context, f func(context.Context) error) error {
	return l.config.Pool.TryWithLock(ctx, "keep the log of events", f)
}

// makeDays makes the partitions of the days to come. It waits only shortly for a lock, because others wait behind it.
func (l *Log) makeDays(ctx context.Context) error {
	const tries, between = 5, time.Second
	var made int32
	var err error
	for range tries {
		err = l.config.Pool.InTx(ctx, func(db store.DB) error {
			if _, err := db.Exec(ctx, "SET LOCAL lock_timeout = '500ms'"); err != nil {
				return fmt.Errorf("lock timeout: %w", err)
			}
			made, err = New(db).createPartitions(ctx, daysAhead)
			return err
		})
		if code := new(pgconn.PgError); !errors.As(err, &code) || code.Code != lockNotAvailable {
			break
		}
		store.SleepContext(ctx, between)
	}
	if err == nil && made > 0 {
		l.config.Log.InfoContext(ctx, "made partitions of the log of events", "days", made)
	}
	return store.Wrap("make partitions", err)
}

// lockNotAvailable is PostgreSQL's code for a lock that was not had in time.
const lockNotAvailable = "55P03"

// removeDays lets go of the days that are too old. First the horizon moves: nobody reads on from a position that is
// about to have a gap behind it. Then the day goes.
func (l *Log) removeDays(ctx context.Context) error {
	days, err := l.q.listPartitions(ctx)
	if err != nil {
		return fmt.Errorf("days of the log: %w", err)
	}
	for _, day := range days {
		if !l.tooOld(day.Name) {
			continue
		}
		if err := l.moveHorizon(ctx, day.Name); err != nil {
			return err
		}
		if err := l.removeDay(ctx, day); err != nil {
			return fmt.Errorf("remove the day %s: %w", day.Name, err)
		}
		l.config.Log.InfoContext(ctx, "removed a day of the log of events", "day", day.Name)
	}
	return nil
}

// tooOld says whether all of a day's events are.
func (l *Log) tooOld(name string) bool {
	day, err := time.Parse("event_20060102", name)
	return err == nil && day.AddDate(0, 0, 1).Before(l.config.Now().Add(-l.config.Retention))
}

// advanceHorizon moves it behind a day's newest event.
func (l *Log) moveHorizon(ctx context.Context, day string) error {
	var newest advanceHorizonParams
	table := pgx.Identifier{"events", day}.Sanitize()
	err := l.config.Pool.QueryRow(ctx, `SELECT xid, seq FROM `+table+` ORDER BY xid DESC, seq DESC LIMIT 1`).Scan(&newest.XID, &newest.Seq)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("newest event of %s: %w", day, err)
	}
	return store.Wrap("move the horizon", l.q.advanceHorizon(ctx, newest))
}

// removeDay takes a day out of the log, which lets readers and writers go on, and then drops it. One that was
// interrupted before is finished.
func (l *Log) removeDay(ctx context.Context, day listPartitionsRow) error {
	table := pgx.Identifier{"events", day.Name}.Sanitize()
	detach := "CONCURRENTLY"
	if day.Detaching {
		detach = "FINALIZE"
	}
	if day.Attached {
		if _, err := l.config.Pool.Exec(ctx, "ALTER TABLE events.event DETACH PARTITION "+table+" "+detach); err != nil {
			return fmt.Errorf("detach: %w", err)
		}
	}
	_, err := l.config.Pool.Exec(ctx, "DROP TABLE "+table)
	return store.Wrap("drop", err)
}

// deleteExpiredCommands lets go of the kept answers that are too old, some at a time.
func (l *Log) removeCommands(ctx context.Context) error {
	const some, between = 1000, 50 * time.Millisecond
	for {
		removed, err := l.q.deleteExpiredCommands(ctx, deleteExpiredCommandsParams{
			Before: l.config.Now().Add(-store.IdempotencyKeyTTL), RowLimit: some,
		})
		if err != nil {
			return fmt.Errorf("remove old answers: %w", err)
		}
		if removed < some {
			return nil
		}
		store.SleepContext(ctx, between)
	}
}
