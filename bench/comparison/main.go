// Command comparison measures Aisle's operations and compares them with other servers over the same data: PostGraphile,
// Mercurius, Aisle without batching, and a single SQL statement per operation. It starts everything it needs, runs one peer
// at a time, checks that all return the same data, and writes the results.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"aisle/app/settings"
)

// commands are the subcommands.
type commands struct {
	Measure  measureCommand  `cmd:"" default:"withargs" help:"Measure all peers on one database."`
	Growth   growthCommand   `cmd:"" help:"Measure one operation in chains of increasing size."`
	Baseline baselineCommand `cmd:"" hidden:""`

	Unbatched unbatchedCommand `cmd:"" hidden:""`
}

func main() {
	var c commands
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	parsed := kong.Parse(&c, kong.Name("bench-comparison"), kong.Description("Compare Aisle with other servers."),
		kong.BindTo(ctx, (*context.Context)(nil)),
		settings.Mappers(),
		kong.Vars{"workloads": strings.Join(workloads(), "; ")})
	err := parsed.Run()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-comparison:", err)
		os.Exit(1)
	}
}
