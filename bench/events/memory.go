package main

import "context"

// memory is the memory of a server in bytes.
type memory struct {
	resident float64 // as counted by the kernel, including garbage
	live     float64 // heap after a garbage collection, and stacks
}

// memory reads the resident memory before it forces a garbage collection, which could return memory to the system.
func (n *node) memory(ctx context.Context) (m memory, err error) {
	metrics, err := n.Metrics(ctx)
	if err != nil {
		return m, err
	}
	m.resident = metrics["process_resident_memory_bytes"]
	if _, err = n.GetAdmin(ctx, "/debug/pprof/heap?gc=1"); err != nil {
		return m, err
	}
	if metrics, err = n.Metrics(ctx); err != nil {
		return m, err
	}
	m.live = metrics["go_memstats_heap_alloc_bytes"] + metrics["go_memstats_stack_inuse_bytes"]
	return m, nil
}
