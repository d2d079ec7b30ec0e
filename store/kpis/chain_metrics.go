package kpis

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"aisle/store"
)

// The windows of the regions' metrics.
const (
	onTimeWindow = 24 * time.Hour
	npsWindow    = 30 * 24 * time.Hour
	silentAfter  = 24 * time.Hour // without activity in a store
)

// RegionMetrics are a region's metrics for operators.
type RegionMetrics struct {
	Region  string   `json:"region"`  // its code
	Created int64    `json:"created"` // tasks that were ever created
	Done    int64    `json:"done"`    // completions of tasks, ever
	Overdue int64    `json:"overdue"` // unfinished tasks after their due time
	OnTime  *float64 `json:"on_time"` // share of the tasks completed in the last 24 hours that were on time; nil without any
	NPS     *float64 `json:"nps"`     // of the last 30 days; nil without feedback
	Stores  int64    `json:"stores"`  // open stores
	Silent  int64    `json:"silent"`  // open stores without activity for 24 hours
}

// ChainMetrics are the chain's metrics for operators.
type ChainMetrics struct {
	At      time.Time        `json:"at"` // when they were computed
	Regions []RegionMetrics  `json:"regions"`
	Tasks   map[string]int64 `json:"tasks"` // unfinished tasks by status
	Lag     time.Duration    `json:"lag"`   // age of the oldest event that is not projected; 0 when all are
}

// A ChainSnapshot holds the newest ChainMetrics. One node at a time computes them and stores them for the others.
type ChainSnapshot struct {
	projector *Projector
	newest    atomic.Pointer[ChainMetrics]
}

const (
	computeInterval = 45 * time.Second // of all nodes together
	refreshInterval = 15 * time.Second // of each node
	maxMetricsAge   = 4 * time.Minute
)

// NewChainSnapshot returns a snapshot without metrics. Call Run.
func NewChainSnapshot(p *Projector) *ChainSnapshot { return &ChainSnapshot{projector: p} }

// Metrics returns the newest metrics; nil when there are none, or when they are older than 4 minutes.
func (s *ChainSnapshot) Metrics() *ChainMetrics {
	m := s.newest.Load()
	if m == nil || s.projector.config.Now().Sub(m.At) > maxMetricsAge {
		return nil
	}
	return m
}

// Run refreshes the metrics until ctx ends.
func (s *ChainSnapshot) Run(ctx context.Context) error {
	failing := false
	for ctx.Err() == nil {
		err := s.Refresh(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.projector.config.Log.WarnContext(ctx, "cannot refresh the chain metrics; retrying", "error", err)
		}
		failing = err != nil
		store.SleepContext(ctx, refreshInterval)
	}
	return nil
}

// Refresh computes the metrics if they are due and no other node does so, and loads the stored ones otherwise.
func (s *ChainSnapshot) Refresh(ctx context.Context) error {
	p := s.projector
	now := p.config.Now()
	progress, err := p.q.getProgress(ctx)
	if err != nil {
		return fmt.Errorf("read the projector's position: %w", err)
	}
	if !progress.Built {
		return nil
	}
	claimed, err := p.q.claimChainMetrics(ctx, claimChainMetricsParams{At: now, Before: now.Add(-computeInterval)})
	if err != nil {
		return fmt.Errorf("claim the chain metrics: %w", err)
	}
	if claimed == 0 {
		return s.load(ctx)
	}
	computed, err := p.computeChainMetrics(ctx, store.Position{XID: progress.XID, Seq: progress.Seq}, now)
	if err != nil {
		return err
	}
	s.newest.Store(computed)
	encoded, err := json.Marshal(computed)
	if err != nil {
		return fmt.Errorf("encode the chain metrics: %w", err)
	}
	if err := p.q.saveChainMetrics(ctx, encoded); err != nil {
		return fmt.Errorf("save the chain metrics: %w", err)
	}
	return nil
}

// load loads the metrics that another node computed.
func (s *ChainSnapshot) load(ctx context.Context) error {
	encoded, err := s.projector.q.getChainMetrics(ctx)
	if err != nil {
		return fmt.Errorf("load the chain metrics: %w", err)
	}
	if encoded == nil {
		return nil
	}
	var m ChainMetrics
	if err := json.Unmarshal(encoded, &m); err != nil {
		return fmt.Errorf("decode the chain metrics: %w", err)
	}
	s.newest.Store(&m)
	return nil
}

func (p *Projector) computeChainMetrics(ctx context.Context, at store.Position, now time.Time) (*ChainMetrics, error) {
	m := &ChainMetrics{At: now, Tasks: map[string]int64{statusOpen: 0, statusAssigned: 0, statusInProgress: 0}}
	regions, err := p.q.computeRegionMetrics(ctx, computeRegionMetricsParams{
		Now: now, CompletedSince: now.Add(-onTimeWindow), FeedbackSince: now.Add(-npsWindow), SilentSince: now.Add(-silentAfter),
	})
	if err != nil {
		return nil, fmt.Errorf("region metrics: %w", err)
	}
	for _, r := range regions {
		region := RegionMetrics{
			Region: r.Code, Created: r.Created, Done: r.Done, Overdue: r.Overdue,
			NPS: netPromoterScore(r.Promoters, r.Detractors, r.Answers), Stores: r.Stores, Silent: r.Silent,
		}
		if r.Completed > 0 {
			region.OnTime = new(float64(r.OnTime) / float64(r.Completed))
		}
		m.Regions = append(m.Regions, region)
	}
	tasks, err := p.q.countUnfinishedTasks(ctx)
	if err != nil {
		return nil, fmt.Errorf("count unfinished tasks: %w", err)
	}
	for _, t := range tasks {
		m.Tasks[t.Status] = t.Tasks
	}
	m.Lag, err = p.lag(ctx, at, now)
	return m, err
}

// lag returns the age of the oldest event after a position.
func (p *Projector) lag(ctx context.Context, at store.Position, now time.Time) (time.Duration, error) {
	next, _, err := p.config.Events.ReadAfter(ctx, at, 1)
	if err != nil {
		return 0, fmt.Errorf("the next event: %w", err)
	}
	if len(next) == 0 {
		return 0, nil
	}
	return max(now.Sub(next[0].At), 0), nil
}
