package postgres

import (
	"cmp"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
)

// errDatabaseURL does not wrap pgx's error, which contains the URL and so the password.
var errDatabaseURL = errors.New("the database URL is malformed: it must look like postgres://user:password@host:5432/database")

// Options are the settings of a pool.
type Options struct {
	MaxConns         int32                // upper bound of open connections; 0 is pgx's default
	StatementTimeout time.Duration        // PostgreSQL cancels a statement that runs longer; 0 for no bound
	Traces           trace.TracerProvider // gets a span of each statement of a traced request; nil for none
}

// NewPoolConfig returns the configuration of a pool. It calls onReadOnly when the server rejects a write. The error of a
// malformed URL contains the URL and its password: do not show it.
func NewPoolConfig(url string, o Options, onReadOnly func()) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err //nolint:wrapcheck // see above
	}
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	config.ConnConfig.Tracer = newTracer(o.Traces, onReadOnly)
	setTimeouts(config)
	config.ConnConfig.RuntimeParams["application_name"] = "aisle"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if !isBehindPooler(config.ConnConfig) { // a pooler loses the settings of a session: see docs/decisions
		setSessionParams(config.ConnConfig.RuntimeParams, o)
	}
	return config, nil
}

// setTimeouts bounds the waits that pgx does not bound. A host that has vanished neither accepts nor refuses a packet, and
// when it is back, the pool would still wait for the old connection. A connect_timeout in the URL takes precedence.
func setTimeouts(config *pgxpool.Config) {
	const connectTimeout, pingTimeout = 3 * time.Second, time.Second
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
		config.ConnConfig.DialFunc = (&net.Dialer{Timeout: connectTimeout}).DialContext // cancelling a statement dials, too
	}
	config.PingTimeout = cmp.Or(config.PingTimeout, pingTimeout)
}

// setSessionParams adds the settings of each connection.
func setSessionParams(params map[string]string, o Options) {
	// Planning takes longer than running most queries: each connection plans a statement once. See store.WithCustomPlan.
	params["plan_cache_mode"] = "force_generic_plan"
	// A plan outlives the growth of its tables. A sequential scan of a table that was empty would remain until the next ANALYZE.
	params["enable_seqscan"] = "off"
	params["jit"] = "off" // it would compile each query that has to scan a table, whatever its size
	if o.StatementTimeout > 0 {
		params["statement_timeout"] = strconv.FormatInt(o.StatementTimeout.Milliseconds(), 10)
	}
}

// HasSeveralHosts reports whether the URL names more than one server. A fallback may also be the same host without TLS.
func HasSeveralHosts(config *pgx.ConnConfig) bool {
	return slices.ContainsFunc(config.Fallbacks, func(other *pgconn.FallbackConfig) bool {
		return other.Host != config.Host || other.Port != config.Port
	})
}

// AllowsPlaintext reports whether a connection of the URL may go over a network without TLS, and to which host.
func AllowsPlaintext(url string) (allows bool, host string, err error) {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		return false, "", errDatabaseURL
	}
	attempts := append([]*pgconn.FallbackConfig{{Host: config.Host, TLSConfig: config.TLSConfig}}, config.Fallbacks...)
	for _, attempt := range attempts {
		ip := net.ParseIP(attempt.Host)
		isLocal := strings.HasPrefix(attempt.Host, "/") || attempt.Host == "localhost" || ip != nil && ip.IsLoopback()
		if attempt.TLSConfig == nil && !isLocal {
			return true, attempt.Host, nil
		}
	}
	return false, config.Host, nil
}

// isBehindPooler reports whether the URL turns prepared statements off (default_query_exec_mode), as a transaction pooler requires.
func isBehindPooler(config *pgx.ConnConfig) bool {
	return config.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement
}
