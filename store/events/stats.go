package events

import "time"

// Stats describe how far this node lags behind the log, and how far its readers lag behind the node.
type Stats struct {
	Lag           time.Duration            // since Log.CaughtUpAt, or since the Log was created
	Events, Bytes int                      // in memory
	BufferAge     time.Duration            // since the oldest event in memory occurred; 0 for none
	AtEnd         int                      // subscriptions that have all events
	InBuffer      int                      // subscriptions whose next event is in memory
	InTable       int                      // subscriptions that must read the table, because their next event was evicted
	ReaderLags    map[string]time.Duration // by Filter.Reader: since the oldest event occurred that the reader did not get
}

// Stats returns the current values.
func (l *Log) Stats() Stats {
	now := l.config.Now()
	caughtUpAt := l.CaughtUpAt()
	if caughtUpAt.Before(l.createdAt) {
		caughtUpAt = l.createdAt
	}
	stats := Stats{Lag: now.Sub(caughtUpAt), ReaderLags: map[string]time.Duration{}}
	for reader, since := range l.readers.undeliveredSince(l.ring, now) {
		stats.ReaderLags[reader] = max(0, now.Sub(since))
	}
	r := l.ring
	r.mu.RLock()
	defer r.mu.RUnlock()
	stats.Events, stats.Bytes = len(r.all.events), r.bytes
	if stats.Events > 0 {
		stats.BufferAge = now.Sub(r.all.events[0].OccurredAt)
	}
	for c := range r.cursors {
		at, _ := c.progress()
		switch found, evicted := r.find(at, c.shards); {
		case evicted:
			stats.InTable++
		case len(found) > 0:
			stats.InBuffer++
		default:
			stats.AtEnd++
		}
	}
	return stats
}
