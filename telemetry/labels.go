package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
)

// other replaces every label value that is not in a fixed set, so that no client can create a series.
const other = "other"

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}
