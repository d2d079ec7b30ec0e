package main

import "context"

// memory is what a server has, in bytes.
type memory struct {
	resident float64 // by the kernel's count, with garbage and all
	live     float64 // on the heap after a collection, and stacks
}

// memory reads the resident memory first: what a collection would give back counts.
func (n *node) memory(ctx context.Context) (m memory, err error) {
	figures, err := n.Metrics(ctx)
	if err != nil {
		return m, err
	}
	m.resident = figures["process_resident_memory_bytes"]
	if _, err = n.Get(ctx, "/debug/pprof/heap?gc=1"); err != nil {
		return m, err
	}
	if figures, err = n.Metrics(ctx); err != nil {
		return m, err
	}
	m.live = figures["go_memstats_heap_alloc_bytes"] + figures["go_memstats_stack_inuse_bytes"]
	return m, nil
}
