package main

import (
	"context"
	"os"

	"aisle/app/node"
	"aisle/app/settings"
	"aisle/telemetry"
)

// unbatchedCommand runs a node like `aisle serve`, but without the batching of loaders and without caches. No setting of
// `aisle serve` does that.
type unbatchedCommand struct{ settings.Node }

// Run serves until ctx ends.
func (c unbatchedCommand) Run(ctx context.Context) error {
	log, err := telemetry.NewLogger(os.Stderr, c.LogFormat, c.LogLevel)
	if err != nil {
		return err
	}
	config := node.Config{Node: c.Node, Version: "unbatched", Log: log, NoBatching: true}
	return node.Run(ctx, config, func(a node.Addresses) {
		log.InfoContext(ctx, "serving", "addr", a.API.String(), "admin_addr", a.Admin.String())
	})
}
