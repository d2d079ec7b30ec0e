package inventory

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// externalIDLocks is the number of locks of an actor's external ids. Few locks let requests of one actor run at the same time, and a
// request with many ids take them all.
const externalIDLocks = 64

// ExternalIDLocks returns the locks of the external ids of moves: of two concurrent requests of an actor with the same id, in whatever
// stores, the second sees what the first recorded.
func ExternalIDLocks(actorID uuid.UUID, moves []Move) []store.Lock {
	var locks []store.Lock
	for _, move := range moves {
		if move.ExternalID != nil {
			hash := fnv.New32a()
			_, _ = hash.Write([]byte(*move.ExternalID)) // never fails
			locks = append(locks, store.ModuleLock(fmt.Sprintf("inventory %s %d", actorID, hash.Sum32()%externalIDLocks)))
		}
	}
	slices.Sort(locks)
	return slices.Compact(locks)
}

// listKnownMoves returns what the actor recorded earlier with the external ids of moves, by external id.
func listKnownMoves(ctx context.Context, q *Queries, actorID uuid.NullUUID, moves []Move) (map[string]Move, error) {
	known := map[string]Move{}
	var ids []string
	for _, move := range moves {
		if move.ExternalID != nil {
			ids = append(ids, *move.ExternalID)
		}
	}
	if len(ids) == 0 || !actorID.Valid {
		return known, nil
	}
	rows, err := q.listMovementsByExternalID(ctx, listMovementsByExternalIDParams{ActorID: actorID, ExternalIds: ids})
	if err != nil {
		return nil, fmt.Errorf("movements by external id: %w", err)
	}
	for _, row := range rows {
		move, exists := known[*row.ExternalID]
		if !exists {
			move = Move{Kind: row.Kind, OccurredAt: row.OccurredAt, Reference: row.Reference, ExternalID: row.ExternalID}
		}
		move.Legs = append(move.Legs, Leg{row.Key(), row.Quantity})
		known[*row.ExternalID] = move
	}
	return known, nil
}

// recognize counts a move whose external id is known, or rejects it if it is another one.
func (l *stockLedger) recognize(move, known Move) {
	if move.equals(known) {
		l.result.Known++
		return
	}
	l.result.Rejected = append(l.result.Rejected, store.NewRejectedRow(move.Index, store.NewUserError(store.CodeTaken, "externalId",
		"Another movement was recorded with the externalId %s. Send the same movement, or another id.", store.Quote(*move.ExternalID))))
}

// equals reports whether a move is the one that was recorded. A move without a time of its own may have any.
func (m Move) equals(recorded Move) bool {
	sameReference := m.Reference == nil && recorded.Reference == nil ||
		m.Reference != nil && recorded.Reference != nil && *m.Reference == *recorded.Reference
	sameTime := !m.IsTimed || m.OccurredAt.Truncate(time.Microsecond).Equal(recorded.OccurredAt.Truncate(time.Microsecond))
	return m.Kind == recorded.Kind && sameReference && sameTime && slices.Equal(m.Legs, recorded.Legs)
}
