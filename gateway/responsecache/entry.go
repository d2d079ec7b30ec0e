package responsecache

import (
	"slices"
	"strings"
	"time"

	"aisle/graph"
	"aisle/store"
)

// A cacheEntry is a response, or a fragment of responses.
type cacheEntry struct {
	validity

	body []byte
	slot *fragmentSlot // where the fragment goes in a response; nil without one

	// Of a fragment:
	rows         map[graph.Row]graph.Span // in the body
	rowsRevision store.Position           // of what the rows show besides themselves
}

// A fragmentSlot is the place in a response where a fragment goes.
type fragmentSlot struct {
	at  int // bytes
	key cacheKey
}

// A validity says what an entry was read from. The entry is valid until its time is over, or until an event gives one of the modules
// another revision.
type validity struct {
	modules  moduleSet
	until    int64 // milliseconds since 1970
	revision store.Position
}

const (
	maxValid = 5 * time.Minute // for changes that no event reports
	minValid = time.Second     // what becomes invalid sooner is not worth storing
)

// A moduleSet is a set of modules, of any number. It has both forms that a lookup needs.
type moduleSet struct {
	names  []string // sorted
	joined string   // the names with moduleSeparator between them
}

const moduleSeparator = "+"

func newModuleSet(sorted []string) moduleSet {
	return moduleSet{sorted, strings.Join(sorted, moduleSeparator)}
}

// parseModules is the inverse of moduleSet.joined.
func parseModules(joined string) moduleSet {
	if joined == "" {
		return moduleSet{}
	}
	return moduleSet{strings.Split(joined, moduleSeparator), joined}
}

func (m moduleSet) union(other moduleSet) moduleSet {
	if m.joined == other.joined {
		return m
	}
	all := slices.Concat(m.names, other.names)
	slices.Sort(all)
	return newModuleSet(slices.Compact(all))
}

// merge returns the validity of two parts together.
func (v validity) merge(other validity) validity {
	newest := v.revision
	if newest.Before(other.revision) {
		newest = other.revision
	}
	return validity{v.modules.union(other.modules), min(v.until, other.until), newest}
}

// addTo records what the entry was read from.
func (v validity) addTo(dependencies *store.DependencyRecorder) {
	for _, module := range v.modules.names {
		dependencies.AddModule(module)
	}
	dependencies.AddExpiry(time.UnixMilli(v.until))
}

// entry returns a valid entry.
func (l *Lookup) entry(key cacheKey) (*cacheEntry, bool) {
	entry, ok := l.cache.entries.GetIfPresent(key)
	if !ok || !l.isUnchanged(entry.validity) {
		return nil, false
	}
	return entry, true
}

// isUnchanged reports whether nothing that the entry was read from has changed.
func (l *Lookup) isUnchanged(v validity) bool {
	return v.until > l.cache.config.Now().UnixMilli() && v.revision == l.revision(v.modules.names)
}

func (l *Lookup) revision(modules []string) store.Position {
	return l.cache.config.Revisions.Revision(modules, l.stores)
}

// validityOf returns the validity of a part that was just made. ok is false for one that must not be stored: it was read from a module
// whose events do not report every change, it becomes invalid soon, or it changed while it was read.
func (l *Lookup) validityOf(dependencies *store.DependencyRecorder) (v validity, ok bool) {
	now := l.cache.config.Now()
	modules, until := dependencies.Snapshot()
	if latest := now.Add(maxValid); until.IsZero() || until.After(latest) {
		until = latest
	}
	revision := l.revision(modules)
	ok = l.cache.reportsChanges(modules) && until.Sub(now) >= minValid && !l.begun.Before(revision)
	return validity{newModuleSet(modules), until.UnixMilli(), revision}, ok
}

// reportsChanges reports whether the events of all of the modules report every change of their rows.
func (c *Cache) reportsChanges(modules []string) bool {
	for _, module := range modules {
		if !slices.Contains(c.config.Modules, module) {
			return false
		}
	}
	return true
}
