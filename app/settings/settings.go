package settings

import (
	"errors"
	"net/netip"
	"time"
)

// Node holds all settings of a node.
type Node struct {
	Network       `group:"Network"`
	Lifecycle     `group:"Lifecycle"`
	Database      `group:"Database"`
	Redis         `group:"Redis"`
	Tokens        `group:"Tokens"`
	Caches        `group:"Caches"`
	Limits        `group:"Limits"`
	Observability `group:"Observability"`
}

// Validate returns an error for each required setting that is missing.
func (n Node) Validate() error {
	return errors.Join(n.Database.Validate(), n.Redis.Validate(), n.Tokens.Validate())
}

// Network says where a node listens and which clients reach it.
type Network struct {
	Addr               string         `env:"AISLE_ADDR" default:":8080" type:"address" help:"Address that the API listens on."`
	AdminAddr          string         `env:"AISLE_ADMIN_ADDR" default:"127.0.0.1:9090" type:"address" help:"Address that metrics, profiles and health endpoints listen on. Keep it private."`
	TrustedProxies     []netip.Prefix `env:"AISLE_TRUSTED_PROXIES" name:"trusted-proxies" placeholder:"CIDR,..." type:"networks" help:"Networks of the reverse proxies in front of the node. Their X-Forwarded-For header is trusted. Without this setting, all clients behind a proxy count as one address."`
	CORSAllowedOrigins []string       `env:"AISLE_CORS_ALLOWED_ORIGINS" name:"cors-allowed-origins" placeholder:"URL,..." type:"origins" help:"Origins of other sites whose pages may call the API, for example https://admin.example."`
}

// Lifecycle says what a node does and how it stops.
type Lifecycle struct {
	Roles              Roles         `env:"AISLE_ROLES" default:"api,events,jobs" type:"roles" help:"Work that this process does. api: queries and mutations. events: subscriptions. jobs: background work. A process with jobs alone listens on the admin address only."`
	RequestTimeout     time.Duration `env:"AISLE_REQUEST_TIMEOUT" default:"10s" type:"duration" help:"Maximum duration of a request, and of each SQL statement."`
	CheckpointInterval time.Duration `env:"AISLE_CHECKPOINT_INTERVAL" default:"1m" type:"duration" help:"Time after which a subscription without events receives a checkpoint: a newer cursor, so that its own does not become older than the event log."`
	ShutdownTimeout    time.Duration `env:"AISLE_SHUTDOWN_TIMEOUT" default:"20s" type:"duration" help:"Time that running requests have to finish after SIGTERM. WebSockets and event streams close spread over three quarters of what the drain delay leaves of it."`
	DrainDelay         time.Duration `env:"AISLE_DRAIN_DELAY" default:"5s" type:"delay" help:"Part of the shutdown timeout during which the node reports that it is not ready but still accepts requests. Choose it longer than your load balancer's health check interval. At most a quarter of the shutdown timeout is used."`
}

// Database says which PostgreSQL servers a node uses.
type Database struct {
	DatabaseURL      string   `env:"AISLE_DATABASE_URL" placeholder:"URL" help:"URL of PostgreSQL: postgres://user:password@host:5432/database. With several hosts, the node uses the one that accepts writes. Required."`
	ReplicaURLs      []string `env:"AISLE_REPLICA_URLS" name:"replica-urls" placeholder:"URL" help:"URLs of read replicas of that server, separated by commas. Queries read from them."`
	DatabaseMaxConns int32    `env:"AISLE_DATABASE_MAX_CONNS" default:"16" type:"conns" help:"Maximum number of connections to PostgreSQL, and to each replica. A node does not start if the connections of all nodes together exceed what PostgreSQL allows."`
}

// Validate requires the database's URL.
func (d Database) Validate() error {
	if d.DatabaseURL == "" {
		return errors.New("--database-url (AISLE_DATABASE_URL) is missing: set it to postgres://user:password@host:5432/database")
	}
	return nil
}

// Redis says which Redis a node uses.
type Redis struct {
	RedisURL string `env:"AISLE_REDIS_URL" placeholder:"URL" help:"URL of Redis: redis://user:password@host:6379/0. Required."`
}

// Validate requires Redis's URL.
func (r Redis) Validate() error {
	if r.RedisURL == "" {
		return errors.New("--redis-url (AISLE_REDIS_URL) is missing: set it to redis://user:password@host:6379/0")
	}
	return nil
}

// MinSecretLen is the minimum length of a secret in bytes.
const MinSecretLen = 32

// Tokens says how access and refresh tokens are issued and which tokens of others are accepted.
type Tokens struct {
	Secret          string        `env:"AISLE_SECRET" placeholder:"SECRET" help:"Secret that encrypts the stored signing keys: at least 32 characters, the same on all nodes. Required."`
	AccessTTL       time.Duration `env:"AISLE_ACCESS_TTL" default:"15m" type:"duration" help:"Lifetime of access tokens."`
	RefreshTTL      time.Duration `env:"AISLE_REFRESH_TTL" default:"720h" type:"duration" help:"Lifetime of refresh tokens."`
	Issuer          string        `env:"AISLE_ISSUER" default:"aisle" help:"Issuer (iss) and audience (aud) of access tokens. Set it to the URL of the API if other services verify the tokens."`
	ExternalIssuers Issuers       `env:"AISLE_EXTERNAL_ISSUERS" placeholder:"JSON|FILE" type:"issuers" help:"External issuers whose tokens are accepted: a JSON list, or the name of a file that contains one."`
}

// Validate requires a secret that is long enough. The error does not contain the secret.
func (t Tokens) Validate() error {
	if len(t.Secret) < MinSecretLen {
		return errors.New(
			"--secret (AISLE_SECRET) is missing or shorter than 32 characters: create one with `openssl rand -base64 48`")
	}
	return nil
}

// Caches says how much memory the caches use.
type Caches struct {
	EntityCacheMiB   uint64 `env:"AISLE_ENTITY_CACHE_MIB" name:"entity-cache-mib" default:"128" type:"size" help:"Memory for cached entities, in MiB. 0 disables the entity cache, also in Redis."`
	ResponseCacheMiB uint64 `env:"AISLE_RESPONSE_CACHE_MIB" name:"response-cache-mib" default:"64" type:"size" help:"Memory for cached responses to persisted queries, in MiB. 0 disables the response cache and ETags."`
}

// The operation policies.
const (
	PolicyOpen       = "open"
	PolicyRegistered = "registered"
)

// Limits says what clients may send and how much.
type Limits struct {
	OperationPolicy        string `env:"AISLE_OPERATION_POLICY" default:"open" type:"operation-policy" help:"Documents that clients may send. open: any document within the limits. registered: registered operations only. Administrators may send any document."`
	ViewerRateLimit        int    `env:"AISLE_VIEWER_RATE_LIMIT" default:"100000" type:"rate" help:"Cost of operations that a viewer may use per second. A burst may use ten times as much. 0 disables the limit."`
	AddressRateLimit       int    `env:"AISLE_ADDRESS_RATE_LIMIT" default:"10000" type:"rate" help:"Cost of operations without a token that a client address may use per second. A burst may use ten times as much. 0 disables the limit."`
	MaxViewerSubscriptions int    `env:"AISLE_MAX_VIEWER_SUBSCRIPTIONS" name:"max-viewer-subscriptions" default:"10000" type:"count" help:"Maximum number of open subscriptions of a viewer on a node."`
	MaxSubscriptions       int    `env:"AISLE_MAX_SUBSCRIPTIONS" name:"max-subscriptions" default:"20000" type:"count" help:"Maximum number of open subscriptions on a node, and of the connections that carry them."`
}

// Observability says what a node logs, measures and traces.
type Observability struct {
	LogLevel               string        `env:"AISLE_LOG_LEVEL" default:"info" type:"level" help:"Lowest level that is logged: debug, info, warn or error."`
	LogFormat              string        `env:"AISLE_LOG_FORMAT" default:"json" type:"format" help:"Format of the log: json or text."`
	SlowOperationThreshold time.Duration `env:"AISLE_SLOW_OPERATION_THRESHOLD" default:"1s" type:"duration" help:"Duration above which an operation is logged as slow, with its SQL statements and a description of its variables."`
	MetricsClients         []string      `env:"AISLE_METRICS_CLIENTS" placeholder:"NAME,..." type:"clients" help:"Client names (apollographql-client-name) that are labels of metrics, in addition to the clients that have registered operations. Requests of all other clients have the label other."`
	TraceRatio             float64       `env:"AISLE_TRACE_RATIO" default:"0.1" type:"ratio" help:"Fraction of requests that are traced. Traces are sent if OTEL_EXPORTER_OTLP_ENDPOINT is set."`
}
