package telemetry

// ComponentStats describes a supervised component of the process.
type ComponentStats struct {
	Name     string
	Up       bool // the component runs
	Restarts int  // since the process started
	Panics   int  // since the process started
}

// RegisterComponents registers the metrics of the process's components. stats is called at each scrape.
func (m *Metrics) RegisterComponents(stats func() []ComponentStats) {
	perComponent := func(value func(ComponentStats) float64) func([]ComponentStats, emitFunc) {
		return func(components []ComponentStats, emit emitFunc) {
			for _, c := range components {
				emit(value(c), c.Name)
			}
		}
	}
	registerSnapshot(m.registry, stats,
		counterOf("aisle_component_restarts_total", "Restarts of a component since the process started.",
			perComponent(func(c ComponentStats) float64 { return float64(c.Restarts) }), "component"),
		counterOf("aisle_component_panics_total", "Panics of a component since the process started.",
			perComponent(func(c ComponentStats) float64 { return float64(c.Panics) }), "component"),
		gaugeOf("aisle_component_up", "1 while the component runs, else 0.",
			perComponent(func(c ComponentStats) float64 { return boolValue(c.Up) }), "component"),
	)
}
