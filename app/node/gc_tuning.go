package node

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
	// gcPercent lets the heap grow to five times the live heap before a collection: most allocations of a request are garbage
	// when it ends.
	gcPercent = 400
	// minHeapGoal is the heap size below which no collection starts, in bytes. A collection takes processor time from requests.
	minHeapGoal = 512 << 20
	// memoryLimitRatio is the share of the available memory (of the cgroup or the machine) above which collections become more frequent.
	memoryLimitRatio = 0.8
)

// tuneGC sets the memory limit and the target of the garbage collector. GOMEMLIMIT and GOGC override them.
func tuneGC(ctx context.Context, log *slog.Logger) {
	limit, err := memlimit.SetGoMemLimitWithOpts(memlimit.WithRatio(memoryLimitRatio),
		memlimit.WithProvider(memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)))
	if err != nil {
		log.WarnContext(ctx, "cannot determine the available memory: set GOMEMLIMIT to what the process may use", "error", err)
	} else {
		log.DebugContext(ctx, "memory limit set", "bytes", limit)
	}
	if os.Getenv("GOGC") != "" {
		return
	}
	tune := func() {
		limit := debug.SetMemoryLimit(-1) // reads it
		debug.SetGCPercent(gcPercentFor(liveHeap(), min(minHeapGoal, limit/2)))
	}
	tune()
	afterEachGC(tune)
}

// gcPercentFor returns the GC percentage with which a live heap of so many bytes grows to at least goal bytes.
func gcPercentFor(live, goal int64) int {
	const minLive = 4 << 20 // the runtime assumes at least this
	live = max(live, minLive)
	return max(gcPercent, int((goal-live)*100/live)) //nolint:mnd // percent
}

// liveHeap returns the bytes that the last collection found in use.
func liveHeap() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64()) //nolint:gosec // no heap is that large
}

// afterEachGC calls f after each garbage collection: the cleanup of an unreachable object runs after the next one.
func afterEachGC(f func()) {
	runtime.AddCleanup(new(*byte), func(f func()) {
		afterEachGC(f)
		f()
	}, f)
}
