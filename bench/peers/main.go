// Command peers measures what this server's operations cost beside those of others who serve the same rows: PostGraphile,
// Mercurius, this server without its loaders, and one SQL statement that makes the whole answer. It starts all that it
// needs, one peer at a time, sees to it that all answer the same, and writes down what it measured.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"aisle/app/settings"
)

// longest bounds the whole of a run.
const longest = 10 * time.Minute

// commands are what this program does.
type commands struct {
	Measure measureCommand `cmd:"" default:"withargs" help:"Measure all peers on one database."`
	Growth  growthCommand  `cmd:"" help:"Measure one operation in chains that are ever larger."`
	Floor   floorCommand   `cmd:"" hidden:""`

	Unbatched unbatchedCommand `cmd:"" hidden:""`
}

func main() {
	var c commands
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	parsed := kong.Parse(&c, kong.Name("bench-peers"), kong.Description("Measure this server beside others."),
		kong.BindTo(ctx, (*context.Context)(nil)),
		settings.Mappers(),
		kong.Vars{"workloads": strings.Join(workloads(), "; ")})
	err := parsed.Run()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-peers:", err)
		os.Exit(1)
	}
}
