package app

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// settings are what every node has, whatever it serves.
type settings struct {
	AdminAddr      string         `env:"AISLE_ADMIN_ADDR"     default:"127.0.0.1:9090" type:"address"  help:"Where metrics, profiles and health are served. Keep it private."`
	DatabaseConns  int32          `env:"AISLE_DATABASE_CONNS" default:"16"             type:"count"    help:"Connections to PostgreSQL at most."`
	Timeout        time.Duration  `env:"AISLE_TIMEOUT"        default:"10s"            type:"duration" help:"How long one request may take."`
	Grace          time.Duration  `env:"AISLE_GRACE"          default:"20s"            type:"duration" help:"How long what is running may go on after SIGTERM."`
	AccessTTL      time.Duration  `env:"AISLE_ACCESS_TTL"     default:"15m"            type:"duration" help:"How long an access token is good for."`
	RefreshTTL     time.Duration  `env:"AISLE_REFRESH_TTL"    default:"720h"           type:"duration" help:"How long a refresh token is good for."`
	Issuer         string         `env:"AISLE_ISSUER"         default:"aisle"                          help:"Who the tokens are from (iss), and for (aud)."`
	Issuers        issuers        `env:"AISLE_ISSUERS"        placeholder:"JSON|FILE"  type:"issuers"  help:"Foreign issuers whose tokens are good, too: a JSON list, or a file with one. See docs/tokens.md."`
	TrustedProxies []netip.Prefix `env:"AISLE_TRUSTED_PROXIES" placeholder:"ADDRESS,..." type:"proxies" help:"Proxies before the node, as addresses or networks (10.0.0.0/8): whom to believe where a request comes from."`
	LogLevel       string         `env:"AISLE_LOG_LEVEL"      default:"info"           type:"level"    help:"What is logged: debug, info, warn or error, and above."`
}

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
	const highestPort, highestCount = 65535, 100_000
	return kong.OptionFunc(func(k *kong.Kong) error {
		return errors.Join(
			kong.NamedMapper("port", setting("a port number, 1 to 65535, or 0 for a free one", number(0, highestPort))).Apply(k),
			kong.NamedMapper("count", setting("a whole number, 1 to 100000", number(1, highestCount))).Apply(k),
			kong.NamedMapper("seed", setting("a whole number, 0 or more", func(s string) (uint64, error) {
				return strconv.ParseUint(s, 10, 64)
			})).Apply(k),
			kong.NamedMapper("duration", setting("a time such as 500ms, 10s or 15m", positiveDuration)).Apply(k),
			kong.NamedMapper("address", setting("host:port or :port", address)).Apply(k),
			kong.NamedMapper("issuers", setting(acceptedIssuers, readIssuers)).Apply(k),
			kong.NamedMapper("proxies", setting("addresses and networks such as 10.0.0.0/8,192.0.2.7", proxies)).Apply(k),
			kong.NamedMapper("level", setting("debug, info, warn or error", oneOf("debug", "info", "warn", "error"))).Apply(k),
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

func positiveDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err == nil && d <= 0 {
		err = strconv.ErrRange
	}
	return d, err
}

func address(s string) (string, error) {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", err //nolint:wrapcheck // the caller says what is accepted
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return s, err //nolint:wrapcheck // the same
}

// proxies reads addresses and networks with commas between them.
func proxies(s string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for word := range strings.SplitSeq(s, ",") {
		word = strings.TrimSpace(word)
		if address, err := netip.ParseAddr(word); err == nil {
			list = append(list, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(word)
		if err != nil {
			return nil, err //nolint:wrapcheck // the caller says what is accepted
		}
		list = append(list, prefix.Masked())
	}
	return list, nil
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
