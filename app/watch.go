package app

import (
	"aisle/server"
	"aisle/store"
	"aisle/store/events"
	"aisle/telemetry"
)

// watch is where the figures of a node are looked up.
func (n node) watch(pool *store.Pool, log *events.Log, breaker *store.Breaker, srv *server.Server) telemetry.Node {
	of := telemetry.Node{
		Pools: func() []telemetry.Pool { return []telemetry.Pool{poolFigures("primary", pool)} },
		Redis: func() bool { return !breaker.IsOpen() },
		Ready: srv.Ready,
	}
	if n.Roles.has(roleAPI, roleEvents) { // else it has no tailer
		of.EventLog = func() telemetry.EventLog {
			f := log.Stats()
			return telemetry.EventLog{
				Lag: f.Lag, Events: f.Events, Bytes: f.Bytes, Reach: f.OldestAge,
				AtEnd: f.CaughtUp, InRing: f.ReadingMemory, InTable: f.ReadingTable, Partners: f.ReaderLags,
			}
		}
	}
	return of
}

func poolFigures(name string, pool *store.Pool) telemetry.Pool {
	s := pool.Stat()
	return telemetry.Pool{
		Name: name, Acquired: int(s.AcquiredConns()), Idle: int(s.IdleConns()), Max: int(s.MaxConns()),
		Waits: s.EmptyAcquireCount(), Waited: s.EmptyAcquireWaitTime(),
	}
}
