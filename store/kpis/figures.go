package kpis

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"aisle/store"
)

// What the figures of regions look back on.
const (
	onTimeSpan = 24 * time.Hour      // completed tasks
	npsSpan    = 30 * 24 * time.Hour // what customers said
	silentSpan = 24 * time.Hour      // work in a store
)

// RegionMetrics are what the operators see of a region.
type RegionMetrics struct {
	Region  string   `json:"region"`  // its code
	Created int64    `json:"created"` // tasks that were created in its stores, ever
	Done    int64    `json:"done"`    // times that a task was completed in them, ever
	Overdue int64    `json:"overdue"` // tasks that are to be done and late
	OnTime  *float64 `json:"on_time"` // the share of the tasks completed in the last 24 hours that were not late; nil when there was none
	NPS     *float64 `json:"nps"`     // of the last 30 days; nil when nobody said anything
	Stores  int64    `json:"stores"`  // that are open
	Silent  int64    `json:"silent"`  // of them, those in which nobody has worked for 24 hours
}

// ChainMetrics are what the operators see of the chain.
type ChainMetrics struct {
	At      time.Time        `json:"at"` // when they were made
	Regions []RegionMetrics  `json:"regions"`
	Tasks   map[string]int64 `json:"tasks"` // that are to be done, by status
	Lag     time.Duration    `json:"lag"`   // how old the oldest event is that the key figures do not have yet; 0 when they have all
}

// ChainSnapshot keeps the newest figures of the chain at hand. One node of all makes them, for all.
type ChainSnapshot struct {
	projector *Projector
	newest    atomic.Pointer[ChainMetrics]
}

// The times of a board.
const (
	madeEvery = 45 * time.Second // anew, by whichever node comes first
	lookEvery = 15 * time.Second // for what another one has made
	oldest    = 4 * time.Minute  // that is shown
)

// NewChainSnapshot makes a board beside a projector, which has nothing before Run.
func NewChainSnapshot(p *Projector) *ChainSnapshot { return &ChainSnapshot{projector: p} }

// Metrics are the newest figures; nil when there are none that are not too old.
func (b *ChainSnapshot) Metrics() *ChainMetrics {
	f := b.newest.Load()
	if f == nil || b.projector.config.Now().Sub(f.At) > oldest {
		return nil
	}
	return f
}

// Run looks for new figures until ctx ends.
func (b *ChainSnapshot) Run(ctx context.Context) error {
	failing := false
	for ctx.Err() == nil {
		err := b.Refresh(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			b.projector.config.Log.WarnContext(ctx, "the figures of the chain cannot be read; trying again", "error", err)
		}
		failing = err != nil
		store.SleepContext(ctx, lookEvery)
	}
	return nil
}

// Refresh brings the newest figures, and makes them anew when it is time and nobody else does.
func (b *ChainSnapshot) Refresh(ctx context.Context) error {
	p := b.projector
	now := p.config.Now()
	progress, err := p.q.getProgress(ctx)
	if err != nil || !progress.Built {
		return store.Wrap("how far the log was read", err)
	}
	mine, err := p.q.claimChainMetrics(ctx, claimChainMetricsParams{At: now, Before: now.Add(-madeEvery)})
	if err != nil {
		return store.Wrap("claim the figures of the chain", err)
	}
	if mine == 0 {
		return b.recall(ctx)
	}
	made, err := p.chainFigures(ctx, store.Position{XID: progress.XID, Seq: progress.Seq}, now)
	if err != nil {
		return err
	}
	b.newest.Store(made)
	encoded, err := json.Marshal(made)
	if err != nil {
		return store.Wrap("encode the figures of the chain", err)
	}
	return store.Wrap("keep the figures of the chain", p.q.saveChainMetrics(ctx, encoded))
}

// recall reads what somebody else has made.
func (b *ChainSnapshot) recall(ctx context.Context) error {
	made, err := b.projector.q.getChainMetrics(ctx)
	if err != nil || made == nil {
		return store.Wrap("figures of the chain", err)
	}
	var f ChainMetrics
	if err := json.Unmarshal(made, &f); err != nil {
		return store.Wrap("read the figures of the chain", err)
	}
	b.newest.Store(&f)
	return nil
}

// chainFigures makes the figures.
func (p *Projector) chainFigures(ctx context.Context, at store.Position, now time.Time) (*ChainMetrics, error) {
	made := &ChainMetrics{At: now, Tasks: map[string]int64{statusOpen: 0, statusAssigned: 0, statusInProgress: 0}}
	regions, err := p.q.computeRegionMetrics(ctx, computeRegionMetricsParams{
		Now: now, CompletedSince: now.Add(-onTimeSpan), SaidSince: now.Add(-npsSpan), SilentSince: now.Add(-silentSpan),
	})
	if err != nil {
		return nil, store.Wrap("figures of regions", err)
	}
	for _, r := range regions {
		f := RegionMetrics{
			Region: r.Code, Created: r.Created, Done: r.Done, Overdue: r.Overdue,
			NPS: nps(r.Promoters, r.Detractors, r.Answers), Stores: r.Stores, Silent: r.Silent,
		}
		if r.Completed > 0 {
			f.OnTime = new(float64(r.OnTime) / float64(r.Completed))
		}
		made.Regions = append(made.Regions, f)
	}
	tasks, err := p.q.countUnfinishedTasks(ctx)
	if err != nil {
		return nil, store.Wrap("count unfinished tasks", err)
	}
	for _, t := range tasks {
		made.Tasks[t.Status] = t.Tasks
	}
	made.Lag, err = p.lag(ctx, at, now)
	return made, err
}

// lag is how old the oldest event is behind a place of the log.
func (p *Projector) lag(ctx context.Context, at store.Position, now time.Time) (time.Duration, error) {
	next, _, err := p.config.Events.ReadAfter(ctx, at, 1)
	if err != nil || len(next) == 0 {
		return 0, store.Wrap("the next event", err)
	}
	return max(now.Sub(next[0].At), 0), nil
}
