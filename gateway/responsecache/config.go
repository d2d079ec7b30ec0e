package responsecache

import (
	"context"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
)

// Config configures a Cache. Everything but Fragments must be set.
type Config struct {
	Scopes    Scopes
	Log       EventLog
	Revisions Revisions
	Writes    WriteTracker
	Fragments Fragments // nil when fragments are not shared
	// Together prepares the tasks of a fragment that changed since the fragment was made (graph.Rows).
	Together graph.Together

	// Modules are the modules whose events report every change of their rows. A response that was read from any other module, or from
	// an unknown one, is not stored.
	Modules []string
	// Name identifies the data and the code that makes responses of it: another database or another build has another name, and so has
	// the same database after its event log started over.
	Name    func() string
	Bytes   uint64        // of memory
	Timeout time.Duration // of an operation
	Now     func() time.Time
}

// Scopes returns what an employee sees. *resolvers.Resolver implements it.
type Scopes interface {
	Scope(ctx context.Context, v auth.Viewer) (auth.Scope, error)
}

// An EventLog is the event log as far as this node has read it. *events.Log implements it.
type EventLog interface {
	// Position returns the position up to which the node has read the log: rows that are read from now on show all events up to there.
	Position() store.Position
	// CaughtUpAt returns when the node last read the log to its end.
	CaughtUpAt() time.Time
}

// Revisions returns the position of the newest event that changed rows of the modules: rows of the chain or of the stores. Nil stands
// for all stores. *events.Revisions implements it.
type Revisions interface {
	Revision(modules []string, stores []uuid.UUID) store.Position
}

// A WriteTracker reports whether the viewer has changed something, on any node, that this node has not read in the event log yet.
// *events.WriteTracker implements it.
type WriteTracker interface {
	HasUnreadWrite(ctx context.Context, viewer uuid.UUID) bool
}

// Fragments returns a context in which a fragment is made: with loaders that have read nothing yet, and without the viewer's identity.
// *resolvers.Resolver implements it.
type Fragments interface {
	ViewerIndependent(ctx context.Context) (context.Context, *auth.IdentityAccessRecorder)
}
