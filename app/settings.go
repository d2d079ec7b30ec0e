package app

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"aisle/store"
)

// settings are what every node has, whatever it serves.
type settings struct {
	AdminAddr              string         `env:"AISLE_ADMIN_ADDR"     default:"127.0.0.1:9090" type:"address"  help:"Where metrics, profiles and health are served. Keep it private."`
	Roles                  roles          `env:"AISLE_ROLES"          default:"api,events,jobs" type:"roles" help:"What this process does of the fleet's work: api for queries and mutations, events for subscriptions, jobs for what nobody waits for."`
	DatabaseMaxConns       int32          `env:"AISLE_DATABASE_MAX_CONNS" default:"16"             type:"conns"    help:"Connections to PostgreSQL at most, and 2 at least. A node does not start when those of all nodes are more than PostgreSQL has."`
	EntityCacheMiB         uint64         `env:"AISLE_ENTITY_CACHE_MIB"      name:"entity-cache-mib" default:"128" type:"size" help:"Memory for what is read often, in MiB; 0 to keep nothing, in Redis neither."`
	ResponseCacheMiB       uint64         `env:"AISLE_RESPONSE_CACHE_MIB"    name:"response-cache-mib" default:"64" type:"size" help:"Memory for the answers to persisted queries, in MiB, which are given again while nothing changes; 0 keeps none, and gives no ETags."`
	RequestTimeout         time.Duration  `env:"AISLE_REQUEST_TIMEOUT"        default:"10s"            type:"duration" help:"How long one request may take."`
	ShutdownTimeout        time.Duration  `env:"AISLE_SHUTDOWN_TIMEOUT"          default:"20s"            type:"duration" help:"How long what is running may go on after SIGTERM. Sockets and event streams end spread over it."`
	DrainDelay             time.Duration  `env:"AISLE_DRAIN_DELAY"    default:"5s"             type:"delay"    help:"Of the grace, how long a node that is not ready any more goes on accepting, until the proxies in front have noticed: longer than the time between their looks at /readyz. A quarter of the grace at most."`
	AccessTTL              time.Duration  `env:"AISLE_ACCESS_TTL"     default:"15m"            type:"duration" help:"How long an access token is good for."`
	RefreshTTL             time.Duration  `env:"AISLE_REFRESH_TTL"    default:"720h"           type:"duration" help:"How long a refresh token is good for."`
	Issuer                 string         `env:"AISLE_ISSUER"         default:"aisle"                          help:"Who the tokens are from (iss), and for (aud)."`
	ExternalIssuers        issuers        `env:"AISLE_EXTERNAL_ISSUERS"        placeholder:"JSON|FILE"  type:"issuers"  help:"Foreign issuers whose tokens are good, too: a JSON list, or a file with one. See docs/tokens.md."`
	ViewerRateLimit        int            `env:"AISLE_VIEWER_RATE_LIMIT"    default:"100000" type:"rate" help:"What a viewer's operations may cost in a second, and ten times as much at once; 0 for no limit."`
	AddressRateLimit       int            `env:"AISLE_ADDRESS_RATE_LIMIT"   default:"10000" type:"rate" help:"The same of operations without a token, from one address."`
	MaxViewerSubscriptions int            `env:"AISLE_MAX_VIEWER_SUBSCRIPTIONS" name:"max-viewer-subscriptions" default:"10000" type:"count" help:"Subscriptions of a viewer at most, on a node."`
	MaxSubscriptions       int            `env:"AISLE_MAX_SUBSCRIPTIONS"        name:"max-subscriptions"        default:"20000" type:"count" help:"Subscriptions at most, on a node; and connections for them."`
	TrustedProxies         []netip.Prefix `env:"AISLE_TRUSTED_PROXIES" name:"trusted-proxies" placeholder:"CIDR,..." type:"networks" help:"Networks of the proxies in front, whose X-Forwarded-For is believed."`
	CORSAllowedOrigins     []string       `env:"AISLE_CORS_ALLOWED_ORIGINS" name:"cors-allowed-origins"        placeholder:"URL,..."    type:"origins"  help:"Sites whose pages may use the API besides its own, as https://admin.example."`
	OperationPolicy        string         `env:"AISLE_OPERATION_POLICY"     default:"open"           type:"operations" help:"What clients may send: open for any document within the limits, registered for what is registered. Administrators may send any."`
	MetricsClients         []string       `env:"AISLE_METRICS_CLIENTS"        placeholder:"NAME,..."   type:"clients"    help:"Programs whose figures are told apart by what they call themselves (apollographql-client-name), besides those that have registered operations."`
	SlowOperationThreshold time.Duration  `env:"AISLE_SLOW_OPERATION_THRESHOLD"           default:"1s"             type:"duration" help:"From when on an operation takes long: its line in the log then has its SQL statements, and what its variables are like."`
	TraceRatio             float64        `env:"AISLE_TRACE_RATIO"    default:"0.1"            type:"ratio"    help:"The share of requests that are traced, where OTEL_EXPORTER_OTLP_ENDPOINT says to whom that is told."`
	LogLevel               string         `env:"AISLE_LOG_LEVEL"      default:"info"           type:"level"    help:"What is logged: debug, info, warn or error, and above."`
}

// What clients may send.
const (
	anyOperation   = "open"
	registeredOnly = "registered"
)

// settingMappers read the values of settings. A wrong one is refused with the flag, the variable, the value and what is
// accepted.
func settingMappers() kong.Option { //nolint:ireturn // kong takes options as an interface
	number := func(low, high int64) func(string) (int64, error) {
		return func(s string) (int64, error) {
			n, err := strconv.ParseInt(s, 10, 64)
			if err == nil && (n < low || n > high) {
				err = strconv.ErrRange
			}
			return n, err
		}
	}
	const highestPort, highestCount, highestSize, highestRate = 65535, 100_000, 1_000_000, 1_000_000_000
	return kong.OptionFunc(func(k *kong.Kong) error {
		return errors.Join(
			kong.NamedMapper("port", setting("a port number, 1 to 65535, or 0 for a free one", number(0, highestPort))).Apply(k),
			kong.NamedMapper("count", setting("a whole number, 1 to 100000", number(1, highestCount))).Apply(k),
			kong.NamedMapper("conns", setting("a whole number, 2 to 100000", number(store.MinConns, highestCount))).Apply(k),
			kong.NamedMapper("size", setting("a whole number, 0 to 1000000", number(0, highestSize))).Apply(k),
			kong.NamedMapper("rate", setting("a whole number, 0 to 1000000000", number(0, highestRate))).Apply(k),
			kong.NamedMapper("networks", setting("networks such as 10.0.0.0/8, addresses such as 192.0.2.7", listOf(network))).Apply(k),
			kong.NamedMapper("origins", setting("origins such as https://admin.example, with commas between", listOf(origin))).Apply(k),
			kong.NamedMapper("seed", setting("a whole number, 0 or more", func(s string) (uint64, error) {
				return strconv.ParseUint(s, 10, 64)
			})).Apply(k),
			kong.NamedMapper("duration", setting("a time such as 500ms, 10s or 15m", durationFrom(1))).Apply(k),
			kong.NamedMapper("delay", setting("a time such as 500ms or 10s, or 0", durationFrom(0))).Apply(k),
			kong.NamedMapper("address", setting("host:port or :port", address)).Apply(k),
			kong.NamedMapper("issuers", setting(acceptedIssuers, readIssuers)).Apply(k),
			kong.NamedMapper("level", setting("debug, info, warn or error", oneOf("debug", "info", "warn", "error"))).Apply(k),
			kong.NamedMapper("operations", setting("open or registered", oneOf(anyOperation, registeredOnly))).Apply(k),
			kong.NamedMapper("roles", setting("one or more of api, events and jobs, with commas between", parseRoles)).Apply(k),
			kong.NamedMapper("clients", setting("names such as mobile or till-2, with commas between", listOf(client))).Apply(k),
			kong.NamedMapper("ratio", setting("a share from 0 to 1, such as 0.1", ratio)).Apply(k),
			kong.NamedMapper("format", setting("json or text", oneOf("json", "text"))).Apply(k),
		)
	})
}

// setting makes a mapper of a parser and of a phrase that says what the parser accepts.
func setting[T any](accepted string, parse func(string) (T, error)) kong.MapperFunc {
	return func(ctx *kong.DecodeContext, target reflect.Value) error {
		var text string
		if err := ctx.Scan.PopValueInto("value", &text); err != nil {
			return err //nolint:wrapcheck // kong's own words
		}
		value, err := parse(strings.TrimSpace(text))
		if err != nil {
			variable := ""
			if len(ctx.Value.Tag.Envs) > 0 {
				variable = " (the variable is " + ctx.Value.Tag.Envs[0] + ")"
			}
			return fmt.Errorf("%q is not accepted; give %s%s%s", text, accepted, variable, explained(err)) // kong puts the flag before it
		}
		parsed := reflect.ValueOf(value)
		if target.Kind() == reflect.Pointer {
			target.Set(reflect.New(target.Type().Elem()))
			target = target.Elem()
		}
		target.Set(parsed.Convert(target.Type()))
		return nil
	}
}

// durationFrom reads a time that is no shorter than least.
func durationFrom(least time.Duration) func(string) (time.Duration, error) {
	return func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err == nil && d < least {
			err = strconv.ErrRange
		}
		return d, err
	}
}

func ratio(s string) (float64, error) {
	n, err := strconv.ParseFloat(s, 64)
	if err == nil && !(n >= 0 && n <= 1) { // also what is no number
		err = strconv.ErrRange
	}
	return n, err
}

func address(s string) (string, error) {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", err //nolint:wrapcheck // the caller says what is accepted
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return s, err //nolint:wrapcheck // the same
}

// listOf reads what has commas between.
func listOf[T any](parse func(string) (T, error)) func(string) ([]T, error) {
	return func(s string) ([]T, error) {
		var list []T
		for one := range strings.SplitSeq(s, ",") {
			if strings.TrimSpace(one) == "" {
				continue
			}
			value, err := parse(strings.TrimSpace(one))
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	}
}

// network reads a network, or an address as the network that it is alone.
func network(s string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	return prefix.Masked(), err
}

// origin reads what a browser sends as Origin: a scheme and a host, and a port where it is not the usual one.
func origin(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || s != u.Scheme+"://"+u.Host {
		return "", strconv.ErrSyntax
	}
	return s, nil
}

// client reads what a program calls itself.
func client(s string) (string, error) {
	if !clientName.MatchString(s) {
		return "", strconv.ErrSyntax
	}
	return s, nil
}

func oneOf(accepted ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		for _, word := range accepted {
			if strings.EqualFold(s, word) {
				return word, nil
			}
		}
		return "", strconv.ErrSyntax
	}
}
