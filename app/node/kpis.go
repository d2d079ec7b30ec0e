package node

import (
	"context"
	"log/slog"
	"time"

	"aisle/loaders"
	"aisle/store/events"
	"aisle/store/kpis"
	"aisle/store/postgres"
	"aisle/telemetry"
)

// kpiServices compute the KPIs of stores and the metrics of the chain.
type kpiServices struct {
	projector *kpis.Projector
	chain     *kpis.ChainSnapshot
}

func newKPIs(c Config, db *databases, modules loaders.Modules, caches *caches, metrics *telemetry.Metrics) *kpiServices {
	config := kpiConfig(db.pool, modules, caches.log, c.Log)
	config.Signal, config.ObserveStatusDuration = caches.signal, metrics.ObserveTimeInStatus
	projector := kpis.NewProjector(config)
	chain := kpis.NewChainSnapshot(projector)
	metrics.RegisterBusiness(func() *telemetry.BusinessStats { return businessMetrics(chain) })
	return &kpiServices{projector, chain}
}

// RebuildKPIs computes the KPIs of all stores from the rows of the modules. Nodes may run meanwhile.
func RebuildKPIs(ctx context.Context, pool *postgres.Pool) error {
	silent := slog.New(slog.DiscardHandler)
	log := events.NewLog(events.Config{Pool: pool, Log: silent})
	return kpis.NewProjector(kpiConfig(pool, loaders.NewModules(pool), log, silent)).Rebuild(ctx)
}

func kpiConfig(pool *postgres.Pool, modules loaders.Modules, log *events.Log, logger *slog.Logger) kpis.Config {
	return kpis.Config{Pool: pool, Events: kpiLog{log}, RebuildSource: kpiSource{modules}, Log: logger, Now: time.Now}
}
