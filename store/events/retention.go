package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"aisle/store"
)

// maintenanceInterval is how often a node creates and drops partitions.
const maintenanceInterval = time.Hour

// A maintainer creates the partitions of the next days and drops what is older than the retention. Only one node at a time
// does so.
type maintainer struct {
	pool      store.Pool
	q         *Queries
	log       *slog.Logger
	now       func() time.Time
	retention time.Duration
}

// run maintains the log every hour until ctx ends.
func (m *maintainer) run(ctx context.Context) error {
	ticker := time.NewTicker(maintenanceInterval)
	defer ticker.Stop()
	for {
		if err := m.maintain(ctx); err != nil && ctx.Err() == nil {
			m.log.WarnContext(ctx, "maintenance of the event log failed; retrying in an hour", "error", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// maintain runs once, unless another node is running it.
func (m *maintainer) maintain(ctx context.Context) error {
	return m.exclusively(ctx, func(ctx context.Context) error {
		err := errors.Join(createPartitionsBriefly(ctx, m.pool, m.log), m.dropExpiredPartitions(ctx), m.deleteExpiredCommands(ctx))
		if err != nil {
			return fmt.Errorf("maintain the event log: %w", err)
		}
		return nil
	})
}

// exclusively calls f unless another node is in such a call.
func (m *maintainer) exclusively(ctx context.Context, f func(context.Context) error) error {
	return m.pool.TryWithLock(ctx, "maintain the event log", f)
}

// dropExpiredPartitions advances the horizon before it drops a partition, so that no reader continues across the gap.
func (m *maintainer) dropExpiredPartitions(ctx context.Context) error {
	partitions, err := m.q.listPartitions(ctx)
	if err != nil {
		return fmt.Errorf("list event partitions: %w", err)
	}
	for _, p := range partitions {
		if !m.isExpired(p.Name) {
			continue
		}
		if err := m.advanceHorizon(ctx, p.Name); err != nil {
			return err
		}
		if err := m.dropPartition(ctx, p); err != nil {
			return fmt.Errorf("drop the event partition %s: %w", p.Name, err)
		}
		m.log.InfoContext(ctx, "dropped an event partition", "partition", p.Name)
	}
	return nil
}

// isExpired reports whether all events of a partition are older than the retention.
func (m *maintainer) isExpired(partition string) bool {
	day, err := time.Parse(partitionLayout, partition)
	return err == nil && day.AddDate(0, 0, 1).Before(m.now().Add(-m.retention))
}

// advanceHorizon moves the horizon to the newest event of a partition.
func (m *maintainer) advanceHorizon(ctx context.Context, partition string) error {
	var newest advanceHorizonParams
	table := pgx.Identifier{"events", partition}.Sanitize()
	err := m.pool.QueryRow(ctx, `SELECT xid, seq FROM `+table+` ORDER BY xid DESC, seq DESC LIMIT 1`).Scan(&newest.XID, &newest.Seq)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("newest event of %s: %w", partition, err)
	}
	if err := m.q.advanceHorizon(ctx, newest); err != nil {
		return fmt.Errorf("advance the horizon: %w", err)
	}
	return nil
}

// dropPartition detaches a partition, without blocking readers and writers, and drops it. It also finishes a detach that was
// interrupted.
func (m *maintainer) dropPartition(ctx context.Context, p listPartitionsRow) error {
	table := pgx.Identifier{"events", p.Name}.Sanitize()
	mode := "CONCURRENTLY"
	if p.Detaching {
		mode = "FINALIZE"
	}
	if p.Attached {
		if _, err := m.pool.Exec(ctx, "ALTER TABLE events.event DETACH PARTITION "+table+" "+mode); err != nil {
			return fmt.Errorf("detach: %w", err)
		}
	}
	_, err := m.pool.Exec(ctx, "DROP TABLE "+table)
	if err != nil {
		return fmt.Errorf("drop: %w", err)
	}
	return nil
}

// deleteExpiredCommands deletes the stored responses of commands whose idempotency keys have expired, in small batches.
func (m *maintainer) deleteExpiredCommands(ctx context.Context) error {
	const limit, delay = 1000, 50 * time.Millisecond
	for {
		deleted, err := m.q.deleteExpiredCommands(ctx, deleteExpiredCommandsParams{
			Before: m.now().Add(-store.IdempotencyKeyTTL), RowLimit: limit,
		})
		if err != nil {
			return fmt.Errorf("delete expired commands: %w", err)
		}
		if deleted < limit {
			return nil
		}
		store.SleepContext(ctx, delay)
	}
}
