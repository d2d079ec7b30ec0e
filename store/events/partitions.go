package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/jackc/pgx/v5/pgconn"

	"aisle/store"
)

const (
	partitionDays   = 7 // how many days ahead partitions are created
	partitionLayout = "event_20060102"
	// lockNotAvailable is PostgreSQL's code for a lock that was not acquired within lock_timeout.
	lockNotAvailable = "55P03"
)

// CreatePartitions creates the missing partitions of today and the next days. Without today's partition no command can
// append events: call it before commands run.
func CreatePartitions(ctx context.Context, db store.DB) error {
	_, err := New(db).createPartitions(ctx, partitionDays)
	if err != nil {
		return fmt.Errorf("create event partitions: %w", err)
	}
	return nil
}

// createPartitionsBriefly does the same for a pool in use. It waits only half a second for the table's lock, since writers
// queue behind it, and tries five times.
func createPartitionsBriefly(ctx context.Context, pool store.Pool, log *slog.Logger) error {
	const attempts, delay = 5, time.Second
	retry := retrypolicy.NewBuilder[int32]().
		HandleIf(func(_ int32, err error) bool { return isLockNotAvailable(err) }).
		WithMaxAttempts(attempts).WithDelay(delay).ReturnLastFailure().Build()
	created, err := failsafe.With(retry).WithContext(ctx).Get(func() (created int32, err error) {
		err = pool.InTx(ctx, func(db store.DB) error {
			if _, err := db.Exec(ctx, "SET LOCAL lock_timeout = '500ms'"); err != nil {
				return fmt.Errorf("lock timeout: %w", err)
			}
			created, err = New(db).createPartitions(ctx, partitionDays)
			return err
		})
		return created, err
	})
	if err == nil && created > 0 {
		log.InfoContext(ctx, "created event partitions", "days", created)
	}
	if err != nil {
		return fmt.Errorf("create event partitions: %w", err)
	}
	return nil
}

func isLockNotAvailable(err error) bool {
	pgErr := new(pgconn.PgError)
	return errors.As(err, &pgErr) && pgErr.Code == lockNotAvailable
}
