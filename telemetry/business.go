package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Region are the business figures of a region. There are as many as the chain has.
type Region struct {
	Region        string
	Created, Done int64 // tasks, ever
	Overdue       int64
	OnTime, NPS   *float64 // nil for none
	Stores        int64
	Silent        int64
}

// Business are the figures of the chain, which are the same at every node.
type Business struct {
	Regions []Region
	Tasks   map[string]int64         // that are to be done, by status
	Lag     map[string]time.Duration // how far projectors are behind the log
}

// RegisterBusiness shows the figures of the chain, which are asked for whenever somebody looks; nothing while they are nil.
func (m *Metrics) RegisterBusiness(figures func() *Business) {
	region := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("aisle_business_"+name, help+" The same at every node.", []string{"region"}, nil)
	}
	m.registry.MustRegister(businessCollector{
		figures: figures,
		created: region("tasks_created_total", "Tasks that were created in the region's stores."),
		done:    region("tasks_done_total", "Completions of tasks in the region's stores; one that is rejected and done again counts twice."),
		overdue: region("tasks_overdue", "Tasks that are to be done and late."),
		onTime:  region("tasks_on_time_ratio", "The share of the tasks completed in 24 hours that were not late; absent when there was none."),
		nps:     region("nps", "The net promoter score of the last 30 days, from -100 to 100; absent when nobody said anything."),
		stores:  region("stores", "Stores that are open."),
		silent:  region("stores_silent", "Open stores in which for 24 hours no work was done on a task and no stock changed."),
		tasks: prometheus.NewDesc("aisle_workflow_tasks",
			"Tasks of the chain that are to be done, by status. The same at every node.", []string{"status"}, nil),
		lag: prometheus.NewDesc("aisle_projector_lag_seconds",
			"How old the oldest event is that a projector has not counted yet; 0 for none. The same at every node.", []string{"projector"}, nil),
	})
}

type businessCollector struct {
	figures                                                         func() *Business
	created, done, overdue, onTime, nps, stores, silent, tasks, lag *prometheus.Desc
}

// Describe is what the registry asks first.
func (c businessCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.created, c.done, c.overdue, c.onTime, c.nps, c.stores, c.silent, c.tasks, c.lag} {
		ch <- d
	}
}

// Collect is what the registry asks at each look.
func (c businessCollector) Collect(ch chan<- prometheus.Metric) {
	figures := c.figures()
	if figures == nil {
		return
	}
	for _, r := range figures.Regions {
		send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64) {
			ch <- prometheus.MustNewConstMetric(d, kind, value, r.Region)
		}
		send(c.created, prometheus.CounterValue, float64(r.Created))
		send(c.done, prometheus.CounterValue, float64(r.Done))
		send(c.overdue, prometheus.GaugeValue, float64(r.Overdue))
		send(c.stores, prometheus.GaugeValue, float64(r.Stores))
		send(c.silent, prometheus.GaugeValue, float64(r.Silent))
		if r.OnTime != nil {
			send(c.onTime, prometheus.GaugeValue, *r.OnTime)
		}
		if r.NPS != nil {
			send(c.nps, prometheus.GaugeValue, *r.NPS)
		}
	}
	for status, n := range figures.Tasks {
		ch <- prometheus.MustNewConstMetric(c.tasks, prometheus.GaugeValue, float64(n), status)
	}
	for projector, behind := range figures.Lag {
		ch <- prometheus.MustNewConstMetric(c.lag, prometheus.GaugeValue, behind.Seconds(), projector)
	}
}

// newTimeInState makes the figures of how long tasks stay in a status: from a minute to two weeks.
func newTimeInState() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "aisle_workflow_task_time_in_state_seconds",
		Help:    "How long a task was in a status that it has left, as the events tell. Each is counted by one node.",
		Buckets: []float64{60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800, 604_800, 1_209_600},
	}, []string{"status"})
}

// TimeInState records how long a task was in a status that it has left. The status is one of the server's own.
func (m *Metrics) TimeInState(status string, took time.Duration) {
	m.timeInState.WithLabelValues(status).Observe(took.Seconds())
}
