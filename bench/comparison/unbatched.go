package main

import (
	"context"
	"os"

	"aisle/app/node"
	"aisle/app/settings"
	"aisle/telemetry"
)

// unbatchedCommand serves like `aisle serve`, but without the batching of loaders and without caches. `aisle serve` has no
// such setting.
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
