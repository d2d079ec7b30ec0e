package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Component is how a part of the process fares. The names are the process's own.
type Component struct {
	Name     string
	Up       bool // it runs
	Restarts int  // since the process began
	Panics   int
}

// RegisterComponents shows how the parts of the process fare, which are asked for whenever somebody looks.
func (m *Metrics) RegisterComponents(figures func() []Component) {
	description := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, []string{"component"}, nil)
	}
	m.registry.MustRegister(componentCollector{
		figures:  figures,
		restarts: description("aisle_component_restarts_total", "How often a part of the process was started again."),
		panics:   description("aisle_component_panics_total", "How often a part of the process panicked."),
		up:       description("aisle_component_up", "1 while a part of the process runs."),
	})
}

type componentCollector struct {
	figures              func() []Component
	restarts, panics, up *prometheus.Desc
}

// Describe is what the registry asks first.
func (c componentCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.restarts, c.panics, c.up} {
		ch <- d
	}
}

// Collect is what the registry asks at each look.
func (c componentCollector) Collect(ch chan<- prometheus.Metric) {
	for _, each := range c.figures() {
		up := 0.0
		if each.Up {
			up = 1
		}
		ch <- prometheus.MustNewConstMetric(c.restarts, prometheus.CounterValue, float64(each.Restarts), each.Name)
		ch <- prometheus.MustNewConstMetric(c.panics, prometheus.CounterValue, float64(each.Panics), each.Name)
		ch <- prometheus.MustNewConstMetric(c.up, prometheus.GaugeValue, up, each.Name)
	}
}
