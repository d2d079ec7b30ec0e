package app

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

const (
	// gcPercent lets the heap grow to five times of what is in use before garbage is collected: most of what a request makes is
	// garbage when it ends. docs/architecture.md has what that saves.
	gcPercent = 400
	// memoryShare is how much of the memory that the process may use (its cgroup's, or the machine's) it takes before it collects
	// more often.
	memoryShare = 0.8
)

// tuneRuntime sets how the process deals with its memory. GOGC and GOMEMLIMIT say otherwise, where they are set.
func tuneRuntime(ctx context.Context, log *slog.Logger) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	limit, err := memlimit.SetGoMemLimitWithOpts(memlimit.WithRatio(memoryShare),
		memlimit.WithProvider(memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)))
	if err != nil {
		log.WarnContext(ctx, "how much memory there is cannot be told: set GOMEMLIMIT to what the process may use", "error", err)
		return
	}
	log.DebugContext(ctx, "memory is bounded", "bytes", limit)
}
