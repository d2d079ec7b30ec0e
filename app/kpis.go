package app

import (
	"context"
	"time"

	"aisle/app/node"
	"aisle/store/postgres"
)

// kpiCommand maintains the KPIs of stores.
type kpiCommand struct {
	Rebuild kpiRebuild `cmd:"" help:"Compute the KPIs of all stores from their tasks, feedback and state. Nodes can keep running."`
}

type kpiRebuild struct{ database }

// Run rebuilds the KPIs.
func (c kpiRebuild) Run(ctx context.Context, t Terminal) error {
	return c.withPool(ctx, func(pool *postgres.Pool) error {
		began := time.Now()
		if err := node.RebuildKPIs(ctx, pool); err != nil {
			return err
		}
		t.printf("Rebuilt the KPIs in %v.", time.Since(began).Round(time.Millisecond))
		return nil
	})
}
