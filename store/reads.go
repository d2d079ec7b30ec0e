package store

import (
	"context"
	"regexp"
	"slices"
	"sync"
	"time"
)

// DependencyRecorder notes what an answer is made of: the modules whose rows were read for it, and until when it stands if none of
// those rows changes. It is safe for concurrent use; nil notes nothing.
type DependencyRecorder struct {
	mu      sync.Mutex
	modules []string
	until   time.Time
}

type readsKey struct{}

// WithDependencyRecorder returns a context in which it is noted what is read, and the notes. Statements note themselves; who answers
// from memory must do so with From, and who looks at the clock with Until.
func WithDependencyRecorder(ctx context.Context) (context.Context, *DependencyRecorder) {
	reads := &DependencyRecorder{}
	return context.WithValue(ctx, readsKey{}, reads), reads
}

// DependencyRecorderFrom are the notes of the context; nil when there are none.
func DependencyRecorderFrom(ctx context.Context) *DependencyRecorder {
	reads, _ := ctx.Value(readsKey{}).(*DependencyRecorder)
	return reads
}

// AddModule notes that a module's rows were read.
func (r *DependencyRecorder) AddModule(module string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.modules, module) {
		r.modules = append(r.modules, module)
	}
}

// AddExpiry notes that at an instant something becomes another by itself, as a task does that is due. The zero instant is never.
func (r *DependencyRecorder) AddExpiry(at time.Time) {
	if r == nil || at.IsZero() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.until.IsZero() || at.Before(r.until) {
		r.until = at
	}
}

// Merge notes all that others noted.
func (r *DependencyRecorder) Merge(others *DependencyRecorder) {
	modules, until := others.Snapshot()
	for _, module := range modules {
		r.AddModule(module)
	}
	r.AddExpiry(until)
}

// Snapshot are the modules that were read, and the first instant at which something becomes another by itself; zero for never.
func (r *DependencyRecorder) Snapshot() (modules []string, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(slices.Values(r.modules)), r.until
}

// moduleInSQL finds the PostgreSQL schema of a statement, which is its module: no query joins two.
var moduleInSQL = regexp.MustCompile(`(?i)\b(?:from|join|into|update)\s+([a-z_]+)\.[a-z_]`)

// modulesOf remembers what statements are of: there are as many as the code has.
type modulesOf struct{ known sync.Map }

// module is a statement's module; empty when it has none, or one that cannot be told.
func (m *modulesOf) module(sql string) string {
	if known, ok := m.known.Load(sql); ok {
		return known.(string) //nolint:forcetypeassert,errcheck // nothing else is stored
	}
	module := ""
	if found := moduleInSQL.FindStringSubmatch(sql); found != nil {
		module = found[1]
	}
	m.known.Store(sql, module)
	return module
}
