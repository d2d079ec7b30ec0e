package app

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

const (
	// gcPercent lets the heap grow to five times of what is in use before garbage is collected: most of what a request makes is
	// garbage when it ends. docs/architecture.md has what that saves.
	gcPercent = 400
	// heapFloor is how large the heap becomes before garbage is collected at all, in bytes: while it is, half of the processors
	// are missing to those who ask.
	heapFloor = 512 << 20
	// memoryShare is how much of the memory that the process may use (its cgroup's, or the machine's) it takes before it collects
	// more often.
	memoryShare = 0.8
)

// tuneRuntime sets how the process deals with its memory. GOGC and GOMEMLIMIT say otherwise, where they are set.
func tuneRuntime(ctx context.Context, log *slog.Logger) {
	limit, err := memlimit.SetGoMemLimitWithOpts(memlimit.WithRatio(memoryShare),
		memlimit.WithProvider(memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)))
	if err != nil {
		log.WarnContext(ctx, "how much memory there is cannot be told: set GOMEMLIMIT to what the process may use", "error", err)
	} else {
		log.DebugContext(ctx, "memory is bounded", "bytes", limit)
	}
	if os.Getenv("GOGC") != "" {
		return
	}
	tune := func() {
		bound := debug.SetMemoryLimit(-1) // as it is
		debug.SetGCPercent(percentOf(live(), min(heapFloor, bound/2)))
	}
	tune()
	afterCollections(tune)
}

// percentOf is how far a heap of which so many bytes are live may grow until it is collected again: to the floor at least.
func percentOf(live, floor int64) int {
	const least = 4 << 20 // the runtime takes no heap for smaller
	live = max(live, least)
	return max(gcPercent, int((floor-live)*100/live)) //nolint:mnd // percent
}

// live is how many bytes of the heap the last collection has found in use.
func live() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64()) //nolint:gosec // no heap is that large
}

// afterCollections calls f after each collection that comes: what nobody uses is cleaned up by the next.
func afterCollections(f func()) {
	runtime.AddCleanup(new(*byte), func(f func()) {
		afterCollections(f)
		f()
	}, f)
}
