package store

import (
	"hash/fnv"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// A Lock is the key of an advisory lock of PostgreSQL. A command takes its locks before it writes, and holds them until its
// transaction ends. It gets its transaction id only when it has its locks: so within a store, the order of the event log is
// the order of effect.
type Lock int64

// StoreLock returns the lock of everything that belongs to a store.
func StoreLock(id uuid.UUID) Lock { return newLock("store", id[:]) } //nolint:revive // a shop, not this package

// StoreLocks returns the locks of several stores.
func StoreLocks(ids ...uuid.UUID) []Lock { //nolint:revive // the same
	locks := make([]Lock, len(ids))
	for i, id := range ids {
		locks[i] = StoreLock(id)
	}
	return locks
}

// ModuleLock returns the lock of what a module has for the whole chain, such as task templates and products.
func ModuleLock(name string) Lock { return newLock("module", []byte(name)) }

func newLock(kind string, id []byte) Lock {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(kind + ":")) // never fails
	_, _ = hash.Write(id)
	return Lock(hash.Sum64()) //nolint:gosec // any number will do
}

// queueLocks waits for the locks, in the same order for all commands: otherwise two commands could deadlock.
func queueLocks(batch *pgx.Batch, locks []Lock) {
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
