package events

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"aisle/store"
)

const (
	daysAhead  = 7           // for how many days there are partitions in advance
	keepEvery  = time.Hour   // how often that is looked after
	keepWithin = time.Minute // how long it may take, but for the waiting
)

// MakePartitions makes the partitions of today and of the days to come: without today's nothing can be written. Whatever
// runs commands calls it first.
func MakePartitions(ctx context.Context, db store.DB) error {
	_, err := New(db).makePartitions(ctx, daysAhead)
	return store.Wrap("make partitions of the log of events", err)
}

// Keep makes the partitions of the days to come and lets go of what is too old, until ctx ends. Nodes take turns.
func (l *Log) Keep(ctx context.Context) error {
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		if err := l.KeepOnce(ctx); err != nil && ctx.Err() == nil {
			l.config.Log.WarnContext(ctx, "the log of events was not looked after; trying again in an hour", "error", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// KeepOnce does once what Keep does.
func (l *Log) KeepOnce(ctx context.Context) error {
	err := l.config.Pool.Exclusively(ctx, "aisle.events.keep", func(ctx context.Context) error {
		made, err := l.q.makePartitions(ctx, daysAhead)
		if err != nil {
			return fmt.Errorf("make partitions: %w", err)
		}
		if made > 0 {
			l.config.Log.InfoContext(ctx, "made partitions of the log of events", "days", made)
		}
		if err := l.removeDays(ctx); err != nil {
			return err
		}
		return l.removeCommands(ctx)
	})
	return store.Wrap("look after the log of events", err)
}

// removeDays lets go of the days that are too old: first the horizon moves, so that nobody reads on from a position
// that is about to have a gap behind it; those who read at that moment have time to finish; then the days go.
func (l *Log) removeDays(ctx context.Context) error {
	days, err := l.q.days(ctx)
	if err != nil {
		return fmt.Errorf("days of the log: %w", err)
	}
	var old []daysRow
	for _, day := range days {
		if l.tooOld(day.Name) {
			old = append(old, day)
		}
	}
	if len(old) == 0 {
		return nil
	}
	for _, day := range old {
		if err := l.moveHorizon(ctx, day.Name); err != nil {
			return err
		}
	}
	if err := pause(ctx, l.config.Settle); err != nil {
		return err
	}
	for _, day := range old {
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

// moveHorizon moves it behind a day's newest event.
func (l *Log) moveHorizon(ctx context.Context, day string) error {
	var newest moveHorizonParams
	table := pgx.Identifier{"events", day}.Sanitize()
	err := l.config.Pool.QueryRow(ctx, `SELECT xid, seq FROM `+table+` ORDER BY xid DESC, seq DESC LIMIT 1`).Scan(&newest.XID, &newest.Seq)
	if err == pgx.ErrNoRows { //nolint:errorlint // pgx gives it as it is
		return nil
	}
	if err != nil {
		return fmt.Errorf("newest event of %s: %w", day, err)
	}
	return store.Wrap("move the horizon", l.q.moveHorizon(ctx, newest))
}

// removeDay takes a day out of the log, which lets readers and writers go on, and then drops it. One that was
// interrupted before is finished.
func (l *Log) removeDay(ctx context.Context, day daysRow) error {
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

// removeCommands lets go of the kept answers that are too old, some at a time.
func (l *Log) removeCommands(ctx context.Context) error {
	const some, between = 1000, 50 * time.Millisecond
	for {
		removed, err := l.q.removeCommands(ctx, removeCommandsParams{
			Before: l.config.Now().Add(-store.KeepAnswers), RowLimit: some,
		})
		if err != nil {
			return fmt.Errorf("remove old answers: %w", err)
		}
		if removed < some {
			return nil
		}
		if err := pause(ctx, between); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("interrupted: %w", ctx.Err())
	}
}
