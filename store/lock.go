package store

import (
	"hash/fnv"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Lock is what commands wait for each other on, until the end of their transactions: a key of PostgreSQL's advisory
// locks. A command takes its locks before it writes, and so gets its transaction id when it has them: within a store
// the order of the event log is the order of effect.
type Lock int64

// StoreLock is the lock of all that belongs to a store.
func StoreLock(id uuid.UUID) Lock { return lockOf("store", id[:]) }

// ModuleLock is the lock of what a module has for the whole chain: stores, staff, catalog, tasks (their templates).
func ModuleLock(name string) Lock { return lockOf("module", []byte(name)) }

// StoreLocks are the locks of several stores.
func StoreLocks(ids ...uuid.UUID) []Lock {
	locks := make([]Lock, len(ids))
	for i, id := range ids {
		locks[i] = StoreLock(id)
	}
	return locks
}

func lockOf(kind string, of []byte) Lock {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(kind + ":")) // never fails
	_, _ = hash.Write(of)
	return Lock(hash.Sum64()) //nolint:gosec // any number will do
}

// take waits for the locks, in one order for all: those who take several never wait for each other in a circle.
func take(batch *pgx.Batch, locks []Lock) {
	keys := make([]int64, len(locks))
	for i, lock := range locks {
		keys[i] = int64(lock)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if len(keys) > 0 {
		batch.Queue("SELECT pg_advisory_xact_lock(unnest($1::bigint []))", keys)
	}
}
