package telemetry

import (
	"time"
)

// RegionStats are the business metrics of a region.
type RegionStats struct {
	Region        string
	Created, Done int64 // tasks, since the chain began
	Overdue       int64
	OnTime, NPS   *float64 // nil if there is no value
	Stores        int64
	Silent        int64
}

// BusinessStats are the metrics of the chain. They are the same at every node.
type BusinessStats struct {
	Regions []RegionStats
	Tasks   map[string]int64         // open tasks by status
	Lag     map[string]time.Duration // by projector: age of the oldest event that it has not processed
}

// RegisterBusiness registers the metrics of the chain. stats is called at each scrape; nil exports nothing.
func (m *Metrics) RegisterBusiness(stats func() *BusinessStats) {
	snapshot := func() BusinessStats {
		if s := stats(); s != nil {
			return *s
		}
		return BusinessStats{}
	}
	number := func(n int64) *float64 { return new(float64(n)) }
	registerSnapshot(m.registry, snapshot,
		counterOf("aisle_business_tasks_created_total", "Tasks created in the region's stores. The same at every node.",
			perRegion(func(r RegionStats) *float64 { return number(r.Created) }), "region"),
		counterOf("aisle_business_tasks_completed_total",
			"Completions of tasks in the region's stores; a task that is rejected and completed again counts twice. The same at every node.",
			perRegion(func(r RegionStats) *float64 { return number(r.Done) }), "region"),
		gaugeOf("aisle_business_tasks_overdue", "Open tasks that are past their due time. The same at every node.",
			perRegion(func(r RegionStats) *float64 { return number(r.Overdue) }), "region"),
		gaugeOf("aisle_business_tasks_on_time_ratio",
			"Share of the tasks completed in the last 24 hours that were on time, from 0 to 1; absent if there were none. The same at every node.",
			perRegion(func(r RegionStats) *float64 { return r.OnTime }), "region"),
		gaugeOf("aisle_business_nps",
			"Net promoter score of the last 30 days, from -100 to 100; absent without feedback. The same at every node.",
			perRegion(func(r RegionStats) *float64 { return r.NPS }), "region"),
		gaugeOf("aisle_business_stores", "Open stores. The same at every node.",
			perRegion(func(r RegionStats) *float64 { return number(r.Stores) }), "region"),
		gaugeOf("aisle_business_stores_inactive",
			"Open stores without work on a task or a change of stock in the last 24 hours. The same at every node.",
			perRegion(func(r RegionStats) *float64 { return number(r.Silent) }), "region"),
		gaugeOf("aisle_tasks_open", "Open tasks of the chain, by status. The same at every node.",
			func(s BusinessStats, emit emitFunc) {
				for status, n := range s.Tasks {
					emit(float64(n), status)
				}
			}, "status"),
		gaugeOf("aisle_projector_lag_seconds",
			"Age of the oldest event that a projector has not processed; 0 if it has processed all. The same at every node.",
			func(s BusinessStats, emit emitFunc) {
				for projector, lag := range s.Lag {
					emit(lag.Seconds(), projector)
				}
			}, "projector"),
	)
}

// perRegion emits a value of each region. A nil value is left out.
func perRegion(value func(RegionStats) *float64) func(BusinessStats, emitFunc) {
	return func(s BusinessStats, emit emitFunc) {
		for _, r := range s.Regions {
			if v := value(r); v != nil {
				emit(*v, r.Region)
			}
		}
	}
}
