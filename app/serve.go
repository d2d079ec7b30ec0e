package app

import (
	"context"

	"aisle/app/node"
	"aisle/app/settings"
	"aisle/telemetry"
)

// serveCommand runs a node.
type serveCommand struct{ settings.Node }

// Run serves until ctx ends.
func (c serveCommand) Run(ctx context.Context, t Terminal) error {
	log, err := telemetry.NewLogger(t.Err, c.LogFormat, c.LogLevel)
	if err != nil {
		return err
	}
	return node.Run(ctx, node.Config{Node: c.Node, Version: version(), Log: log}, func(a node.Addresses) {
		log := log.With("version", version(), "roles", c.Roles.String(), "admin_addr", a.Admin.String())
		if a.API != nil {
			log = log.With("addr", a.API.String())
		}
		log.InfoContext(ctx, "serving")
	})
}
