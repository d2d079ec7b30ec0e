package kpis

import (
	"cmp"
	"log/slog"
	"time"

	"aisle/store"
)

// rebuildLock is the name of the advisory lock that a rebuild holds.
const rebuildLock = "rebuild the KPIs"

// Config configures a Projector. Pool, Events, RebuildSource, Log and Now are required.
type Config struct {
	Pool                  store.Pool
	Events                EventLog
	RebuildSource         RebuildSource
	Log                   *slog.Logger
	Now                   func() time.Time
	Signal                <-chan struct{}                             // has an element when there are new events; nil polls
	ObserveStatusDuration func(status string, duration time.Duration) // gets how long a task was in a status that it left; may be nil

	PollInterval time.Duration // how often Run reads the log without a signal; 5 s
	BatchSize    int32         // events in one transaction; 2,000
}

// A Projector derives the module's rows from the event log. Any number may run at once: each event counts once, because the
// position in the log advances in the transaction that counts the events.
type Projector struct {
	config        Config
	q             *Queries
	rows          rowWriter
	timezones     timezones
	nextRetention time.Time // when to delete expired rows next
}

// NewProjector returns a Projector, which does nothing before Run.
func NewProjector(config Config) *Projector {
	config.PollInterval = cmp.Or(config.PollInterval, 5*time.Second)
	config.BatchSize = cmp.Or(config.BatchSize, 2000)
	if config.ObserveStatusDuration == nil {
		config.ObserveStatusDuration = func(string, time.Duration) {}
	}
	q := New(config.Pool)
	return &Projector{config: config, q: q, rows: rowWriter{q}, timezones: timezones{}}
}
