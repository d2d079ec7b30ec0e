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

func (d *Doctor) checkEventLog(ctx context.Context, db store.DB) (Finding, error) {
	const warningLag, criticalLag = 5 * time.Second, time.Minute
	s, err := events.ReadState(ctx, db, d.config.Now())
	if err != nil {
		return Finding{}, err
	}
	lag := d.config.Now().Sub(s.UnsettledSince)
	if s.Unsettled == 0 || lag < warningLag {
		return ok("Readers see all events: no transaction blocks the event log."), nil
	}
	message := fmt.Sprintf("At least %d events have waited for %s behind an open transaction: subscribers and caches do not receive them.",
		s.Unsettled, formatDuration(lag))
	const remedy = "Find the transaction under long transactions and end it: SELECT pg_terminate_backend(PID), or ROLLBACK PREPARED."
	if lag < criticalLag {
		return warning(message, remedy), nil
	}
	return critical(message, remedy), nil
}

func (d *Doctor) checkPartitions(ctx context.Context, db store.DB) (Finding, error) {
	const minDays = 3
	s, err := events.ReadState(ctx, db, d.config.Now())
	const remedy = "Start a node: nodes create partitions every hour. If one runs, its log says why it cannot create them."
	switch {
	case err != nil:
		return Finding{}, err
	case s.PartitionDays == 0:
		return critical("The event log has no partition for today: mutations fail.", remedy), nil
	case s.PartitionDays <= minDays:
		return warning(fmt.Sprintf("The event log has partitions for %d days, including today.", s.PartitionDays), remedy), nil
	default:
		return ok("The event log has partitions for %d days, including today.", s.PartitionDays), nil
	}
}

func (d *Doctor) checkTransactions(ctx context.Context, db store.DB) (Finding, error) {
	const warningAge, criticalAge = time.Minute, 10 * time.Minute
	now := d.config.Now()
	list, err := pgstats.ListOldTransactions(ctx, db, now.Add(-warningAge), now)
	if err != nil {
		return Finding{}, err
	}
	if len(list) == 0 {
		return ok("No transaction has been open for more than %s.", formatDuration(warningAge)), nil
	}
	parts := make([]string, len(list))
	isCritical := false
	for i, t := range list {
		effect := "it blocks vacuum"
		if t.HasXID {
			effect, isCritical = "it blocks the event log", isCritical || t.Age > criticalAge
		}
		parts[i] = fmt.Sprintf("process %d of %s, %s for %s: %s", t.PID, t.Owner, t.State, formatDuration(t.Age), effect)
	}
	f := warning("Transactions have been open for long: "+joinFirst(parts)+".",
		"End abandoned transactions with pg_terminate_backend, and set idle_in_transaction_session_timeout for roles that people use.")
	if isCritical {
		f.Status = Critical
	}
	return f, nil
}

func (d *Doctor) checkConnections(ctx context.Context, db store.DB) (Finding, error) {
	c, err := pgstats.CountConnections(ctx, db)
	if err != nil {
		return Finding{}, err
	}
	available := c.Capacity.Available()
	free := available - c.Used
	message := fmt.Sprintf("%d of %d connections are in use (%s), %d by Aisle; each node may open %d.",
		c.Used, available, c.Capacity, c.Aisle, d.config.MaxConns)
	remedy := "Lower AISLE_DATABASE_MAX_CONNS, put a pooler in front, or raise " + c.Capacity.Setting + "."
	switch {
	case d.config.MaxConns > available:
		return critical(message+" A single node may open more than are available.", remedy), nil
	case free < d.config.MaxConns:
		return warning(message+" Not enough are free for one more node, which a rolling restart starts.", remedy), nil
	default:
		return ok("%s", message), nil
	}
}

// checkOrphans looks for rows that reference rows that do not exist. If time runs out, it reports the references checked so far.
func (d *Doctor) checkOrphans(ctx context.Context, db store.DB) (Finding, error) {
	var found []string
	complete, checked, references := true, 0, pgstats.References()
	for _, reference := range references {
		o, err := pgstats.FindOrphans(ctx, db, reference)
		if err != nil && ctx.Err() != nil && checked > 0 {
			break
		}
		if err != nil {
			return Finding{}, err
		}
		checked++
		complete = complete && o.SampledFraction == 1
		if n := len(o.IDs); n > 0 {
			found = append(found, fmt.Sprintf("%d of %s in %s.%s, such as %s", n, strings.Join(o.Owners, " or "), o.Table, o.Column, o.IDs[0]))
		}
	}
	extent := "all rows"
	if !complete {
		extent = "a sample of the rows"
	}
	if checked < len(references) {
		extent += fmt.Sprintf(", in %d of %d columns before the timeout", checked, len(references))
	}
	if len(found) > 0 {
		return warning("Rows reference rows that do not exist: "+joinFirst(found)+" ("+extent+").",
			"Something else than Aisle wrote to the database, or a backup was restored partly. "+
				"Restore the referenced rows, or delete these rows."), nil
	}
	return ok("All referenced rows exist (%s).", extent), nil
}

func (d *Doctor) checkSigningKeys(ctx context.Context, _ store.DB) (Finding, error) {
	const maxAge = 35 * 24 * time.Hour // nodes rotate keys after 30 days
	keys, err := access.NewKeyStore(d.pool).Keys(ctx)
	if err != nil {
		return Finding{}, err
	}
	if len(keys) == 0 {
		return warning("There are no signing keys.", "Start a node: the first node creates a key."), nil
	}
	auth.SortKeys(keys)
	signing := slices.Index(auth.KeyStates(keys, d.config.Now()), auth.KeySigns)
	if signing < 0 {
		return critical("No signing key is active now.", "Compare the clocks, or run `aisle keys rotate`."), nil
	}
	if len(d.config.Secret) > 0 {
		// The keyring creates no key, because there are some.
		ring, err := auth.NewKeyring(auth.KeyringConfig{
			Keys: access.NewKeyStore(d.pool), Secret: d.config.Secret, TTL: d.config.AccessTTL,
			Log: slog.New(slog.DiscardHandler), Now: d.config.Now,
		})
		if err == nil {
			err = ring.Open(ctx)
		}
		if err != nil {
			const remedy = "Set it to the secret of the nodes."
			const message = "AISLE_SECRET does not decrypt the signing keys: nodes do not start with it."
			return critical(message, remedy), nil //nolint:nilerr // the error is the finding
		}
	}
	age := d.config.Now().Sub(keys[signing].SignsFrom)
	if age > maxAge {
		return warning(fmt.Sprintf("The active signing key is %d days old.", int(age.Hours()/24)),
			"Nodes rotate keys after 30 days: see in their logs why they do not, or run `aisle keys rotate`."), nil
	}
	return ok("The active signing key is %s old.", formatDuration(age)), nil
}

// checkReplicas reads the lag of each replica.
func (d *Doctor) checkReplicas(ctx context.Context) (Finding, error) {
	const warningLag, criticalLag = 5 * time.Second, 5 * time.Minute
	if len(d.config.ReplicaURLs) == 0 {
		return ok("No replicas are configured (AISLE_REPLICA_URLS)."), nil
	}
	var states []string
	status := OK
	for i, url := range d.config.ReplicaURLs {
		r, err := readReplica(ctx, url)
		switch {
		case err != nil:
			states, status = append(states, fmt.Sprintf("replica %d is unavailable (%v)", i+1, err)), Critical
		case !r.InRecovery:
			states, status = append(states, fmt.Sprintf("replica %d is a primary", i+1)), Critical
		default:
			states = append(states, fmt.Sprintf("replica %d is %s behind", i+1, formatDuration(r.Lag)))
			if r.Lag > criticalLag {
				status = Critical
			} else if r.Lag > warningLag && status == OK {
				status = Warning
			}
		}
	}
	f := Finding{Status: status, Message: "Lag of the replicas: " + joinFirst(states) + "."}
	if status != OK {
		f.Remedy = "Nodes read from the primary meanwhile. See pg_stat_replication on the primary and the log of the replica."
	}
	return f, nil
}

func readReplica(ctx context.Context, url string) (pgstats.ReplicationStatus, error) {
	pool, err := postgres.Open(ctx, url, postgres.Options{MaxConns: 1})
	if err != nil {
		return pgstats.ReplicationStatus{}, err
	}
	defer pool.Close()
	return pgstats.ReadReplicationStatus(ctx, pool)
}
