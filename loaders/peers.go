package loaders

import (
	"sync"

	"aisle/store/stores"
)

// peers remembers which rows of a request were read together. A field of one of them is about to be asked for of all:
// so, when the executor asks for the first row's, the keys of all are announced to the loader at once. Without it the
// loader would see a row's key only when the executor reaches that row, and a busy processor would spread one level of
// the query over several statements. (gqlgen hands a resolver all the rows of a list, but not those behind
// `edges { node }`, and not those of different parents.)
type peers struct {
	mu     sync.RWMutex
	groups map[any]any // *T to []*T
}

func newPeers() *peers { return &peers{groups: map[any]any{}} }

// remember notes that the rows of all the lists were read together.
func remember[T any](p *peers, lists ...[]T) {
	var group []*T
	for _, list := range lists {
		for i := range list {
			group = append(group, &list[i])
		}
	}
	note(p, group)
}

// rememberGroup is remember for rows that are in no list. Those that are nil are none.
func rememberGroup[T any](p *peers, rows []*T) {
	group := make([]*T, 0, len(rows))
	for _, row := range rows {
		if row != nil {
			group = append(group, row)
		}
	}
	note(p, group)
}

// note notes a group, none of which is nil, in the place of those that its rows were in before.
func note[T any](p *peers, group []*T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(group) == 1 { // has no peers
		delete(p.groups, group[0])
		return
	}
	for _, row := range group {
		p.groups[row] = group
	}
	if snapshots, ok := any(group).([]*stores.Snapshot); ok { // which have their regions with them
		regions := make([]*stores.Region, len(snapshots))
		for i, s := range snapshots {
			regions[i] = s.Region
		}
		for _, region := range regions {
			p.groups[region] = regions
		}
	}
}

// peersOf are the rows that were read together with the row, itself among them; nil when there are none.
func peersOf[T any](p *peers, row *T) []*T {
	p.mu.RLock()
	defer p.mu.RUnlock()
	group, _ := p.groups[row].([]*T)
	return group
}
