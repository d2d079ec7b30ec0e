package responsecache

import (
	"slices"
	"strings"
	"time"

	"aisle/store"
)

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

// merge returns the validity of a response that is made of two entries.
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
