package app

import (
	"aisle/server"
	"aisle/store"
	"aisle/store/events"
	"aisle/telemetry"
)

// watch is where the figures of a node are looked up.
func (n node) watch(pool *store.Pool, log *events.Log, breaker *store.Breaker, srv *server.Server) telemetry.NodeSources {
	of := telemetry.NodeSources{
		Pools: func() []telemetry.PoolStats { return []telemetry.PoolStats{poolFigures("primary", pool)} },
		Redis: func() bool { return !breaker.IsOpen() },
		Ready: srv.Ready,
	}
	if n.Roles.has(roleAPI, roleEvents) { // else it has no tailer
		of.EventLog = func() telemetry.EventLogStats {
			f := log.Stats()
			return telemetry.EventLogStats{
				Lag: f.Lag, Events: f.Events, Bytes: f.Bytes, BufferAge: f.OldestAge,
				AtEnd: f.CaughtUp, InBuffer: f.ReadingMemory, InTable: f.ReadingTable, Partners: f.ReaderLags,
			}
		}
	}
	return of
}

func poolFigures(name string, pool *store.Pool) telemetry.PoolStats {
	s := pool.Stat()
	return telemetry.PoolStats{
		Name: name, Acquired: int(s.AcquiredConns()), Idle: int(s.IdleConns()), Max: int(s.MaxConns()),
		Waits: s.EmptyAcquireCount(), Waited: s.EmptyAcquireWaitTime(),
	}
}
