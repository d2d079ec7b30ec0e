package store

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A DependencyRecorder records what a response depends on: the modules whose rows were read for it, and when it expires
// although none of those rows changes. It is safe for concurrent use. A nil DependencyRecorder records nothing.
type DependencyRecorder struct {
	mu        sync.Mutex
	modules   []string
	expiresAt time.Time
}

// UntaggedModule is what is recorded for a statement that was not sent through WithModule. It is not one of
// ModulesWithCompleteEvents, so a response that depends on it is not cached.
const UntaggedModule = "untagged"

type dependencyRecorderKey struct{}

// WithDependencyRecorder returns a context whose dependencies are recorded, and the recorder. SQL statements are recorded
// with the module of their DB (see WithModule). Code that answers from memory must call AddModule itself, and code whose
// result depends on the time must call AddExpiry.
func WithDependencyRecorder(ctx context.Context) (context.Context, *DependencyRecorder) {
	recorder := &DependencyRecorder{}
	return context.WithValue(ctx, dependencyRecorderKey{}, recorder), recorder
}

// DependencyRecorderFrom returns the recorder of the context, or nil if there is none.
func DependencyRecorderFrom(ctx context.Context) *DependencyRecorder {
	recorder, _ := ctx.Value(dependencyRecorderKey{}).(*DependencyRecorder)
	return recorder
}

// AddModule records that rows of a module were read.
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

// AddStatement records a statement that was sent with ctx: its module, or UntaggedModule.
func (r *DependencyRecorder) AddStatement(ctx context.Context) {
	if r == nil {
		return
	}
	module, ok := ModuleFrom(ctx)
	if !ok {
		module = UntaggedModule
	}
	r.AddModule(module)
}

// AddExpiry records that the response changes at an instant although no row changes, as it does when a task becomes
// overdue. The zero time means never.
func (r *DependencyRecorder) AddExpiry(at time.Time) {
	if r == nil || at.IsZero() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.expiresAt.IsZero() || at.Before(r.expiresAt) {
		r.expiresAt = at
	}
}

// Merge adds what another recorder has recorded.
func (r *DependencyRecorder) Merge(other *DependencyRecorder) {
	modules, expiresAt := other.Snapshot()
	for _, module := range modules {
		r.AddModule(module)
	}
	r.AddExpiry(expiresAt)
}

// Snapshot returns the modules in alphabetical order, and the earliest expiry; zero for never.
func (r *DependencyRecorder) Snapshot() (modules []string, expiresAt time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(slices.Values(r.modules)), r.expiresAt
}
