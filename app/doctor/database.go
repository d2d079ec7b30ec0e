package doctor

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"aisle/auth"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/events"
	"aisle/store/pgstats"
	"aisle/store/postgres"
)

func (d *Doctor) log(ctx context.Context, db store.DB) (Finding, error) {
	const late, tooLate = 5 * time.Second, time.Minute
	s, err := events.ReadState(ctx, db, d.config.Now())
	if err != nil {
		return Finding{}, err
	}
	behind := d.config.Now().Sub(s.UnsettledSince)
	if s.Unsettled == 0 || behind < late {
		return ok("All that happened can be read: nothing holds the log of events back."), nil
	}
	says := fmt.Sprintf("%d events or more wait for %s behind a transaction that still runs: subscribers and caches do not get them.",
		s.Unsettled, brief(behind))
	const remedy = "Find it under long transactions, and end it: SELECT pg_terminate_backend(PID), or ROLLBACK PREPARED."
	if behind < tooLate {
		return warn(says, remedy), nil
	}
	return fault(says, remedy), nil
}

func (d *Doctor) days(ctx context.Context, db store.DB) (Finding, error) {
	const few = 3
	s, err := events.ReadState(ctx, db, d.config.Now())
	const remedy = "Run a node, which makes them every hour; its log says what keeps it from that."
	switch {
	case err != nil:
		return Finding{}, err
	case s.PartitionDays == 0:
		return fault("The log of events has no partition for today: nothing can be written.", remedy), nil
	case s.PartitionDays <= few:
		return warn(fmt.Sprintf("The log of events has partitions for %d days, today's with them.", s.PartitionDays), remedy), nil
	default:
		return ok("The log of events has partitions for %d days, today's with them.", s.PartitionDays), nil
	}
}

func (d *Doctor) transactions(ctx context.Context, db store.DB) (Finding, error) {
	const long, tooLong = time.Minute, 10 * time.Minute
	now := d.config.Now()
	list, err := pgstats.ListOldTransactions(ctx, db, now.Add(-long), now)
	if err != nil {
		return Finding{}, err
	}
	if len(list) == 0 {
		return ok("No transaction has run for more than %s.", brief(long)), nil
	}
	parts := make([]string, len(list))
	worst := false
	for i, t := range list {
		held := "vacuum waits for it"
		if t.HasXID {
			held, worst = "the log of events waits for it", worst || t.Age > tooLong
		}
		parts[i] = fmt.Sprintf("process %d of %s, %s for %s: %s", t.PID, t.Owner, t.State, brief(t.Age), held)
	}
	f := warn("Transactions have run long: "+some(parts)+".",
		"End what was forgotten with pg_terminate_backend, and set idle_in_transaction_session_timeout for the roles of people.")
	if worst {
		f.Status = Fault
	}
	return f, nil
}

func (d *Doctor) connections(ctx context.Context, db store.DB) (Finding, error) {
	c, err := pgstats.CountConnections(ctx, db)
	if err != nil {
		return Finding{}, err
	}
	most := c.Capacity.Available()
	left := most - c.Used
	says := fmt.Sprintf("%d of %d connections are in use (%s), %d by Aisle; a node may have %d.",
		c.Used, most, c.Capacity, c.Aisle, d.config.Conns)
	remedy := "Lower AISLE_DATABASE_MAX_CONNS, put a pooler in front, or raise " + c.Capacity.Setting + "."
	switch {
	case d.config.Conns > most:
		return fault(says+" One node alone would have more than there are.", remedy), nil
	case left < d.config.Conns:
		return warn(says+" There is no room for one more node, as a rolling restart needs it.", remedy), nil
	default:
		return ok("%s", says), nil
	}
}

// orphans looks for rows that refer to what does not exist. Each reference has its share of the time.
func (d *Doctor) orphans(ctx context.Context, db store.DB) (Finding, error) {
	var found []string
	whole, looked, references := true, 0, pgstats.References()
	for _, reference := range references {
		o, err := pgstats.FindOrphans(ctx, db, reference)
		if err != nil && ctx.Err() != nil && looked > 0 {
			break // the rest is not looked at, and that is said
		}
		if err != nil {
			return Finding{}, err
		}
		looked++
		whole = whole && o.SampledFraction == 1
		if n := len(o.IDs); n > 0 {
			found = append(found, fmt.Sprintf("%d of %s in %s.%s, such as %s", n, strings.Join(o.Owners, " or "), o.Table, o.Column, o.IDs[0]))
		}
	}
	extent := "all rows"
	if !whole {
		extent = "a sample of the rows"
	}
	if looked < len(references) {
		extent += fmt.Sprintf(", in %d of %d columns: the rest took too long", looked, len(references))
	}
	if len(found) > 0 {
		return warn("Rows refer to what does not exist: "+some(found)+" ("+extent+").",
			"Something wrote past Aisle, or a backup was restored in part. Bring the owners back, or remove the rows."), nil
	}
	return ok("No row refers to what does not exist (%s).", extent), nil
}

func (d *Doctor) keys(ctx context.Context, _ store.DB) (Finding, error) {
	const old = 35 * 24 * time.Hour // nodes make the next one after 30 days
	kept, err := access.NewKeyStore(d.pool).Keys(ctx)
	if err != nil {
		return Finding{}, err
	}
	if len(kept) == 0 {
		return warn("There are no keys that sign access tokens.", "The first node makes the first: start one."), nil
	}
	auth.SortKeys(kept)
	signing := slices.Index(auth.KeyStates(kept, d.config.Now()), auth.KeySigns)
	if signing < 0 {
		return fault("No key signs access tokens now.", "Compare the clocks, or run `aisle keys rotate`."), nil
	}
	if len(d.config.Secret) > 0 {
		// With keys at hand the ring makes none.
		ring, err := auth.NewKeyring(auth.KeyringConfig{
			Keys: access.NewKeyStore(d.pool), Secret: d.config.Secret, TTL: d.config.AccessTTL, Log: slog.New(slog.DiscardHandler), Now: d.config.Now,
		})
		if err == nil {
			err = ring.Open(ctx)
		}
		if err != nil {
			const remedy = "Give the secret that the nodes run with."
			return fault("AISLE_SECRET does not open the keys: no node can start with it.", remedy), nil //nolint:nilerr // it is told
		}
	}
	age := d.config.Now().Sub(kept[signing].SignsFrom)
	if age > old {
		return warn(fmt.Sprintf("The key that signs has done so for %d days.", int(age.Hours()/24)),
			"Nodes rotate it after 30 days: see in their logs why not, or run `aisle keys rotate`."), nil
	}
	return ok("The key that signs has done so for %s.", brief(age)), nil
}

// replicas asks each replica how far it is behind.
func (d *Doctor) replicas(ctx context.Context) (Finding, error) {
	const late, tooLate = 5 * time.Second, 5 * time.Minute
	if len(d.config.ReplicaURLs) == 0 {
		return ok("There are no replicas (AISLE_REPLICA_URLS)."), nil
	}
	var told []string
	status := OK
	for i, url := range d.config.ReplicaURLs {
		r, err := replica(ctx, url)
		switch {
		case err != nil:
			told, status = append(told, fmt.Sprintf("number %d does not answer (%v)", i+1, err)), Fault
		case !r.InRecovery:
			told, status = append(told, fmt.Sprintf("number %d is no replica", i+1)), Fault
		default:
			told = append(told, fmt.Sprintf("number %d is %s behind", i+1, brief(r.Lag)))
			if r.Lag > tooLate {
				status = Fault
			} else if r.Lag > late && status == OK {
				status = Warning
			}
		}
	}
	f := Finding{Status: status, Says: "Of the replicas " + some(told) + "."}
	if status != OK {
		f.Remedy = "Nodes read from the primary meanwhile. See pg_stat_replication there and the replica's log."
	}
	return f, nil
}

func replica(ctx context.Context, url string) (pgstats.ReplicationStatus, error) {
	pool, err := postgres.Open(ctx, url, postgres.Options{MaxConns: 1})
	if err != nil {
		return pgstats.ReplicationStatus{}, err
	}
	defer pool.Close()
	return pgstats.ReadReplicationStatus(ctx, pool)
}
