package settings

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"aisle/store"
)

// valueType parses the values of settings that have its name as their `type` tag.
type valueType struct {
	name    string
	accepts string // describes the accepted values, for errors and for the reference
	mapper  kong.MapperFunc
}

// valueTypes returns the types of all settings.
func valueTypes() []valueType {
	const maxPort, maxCount, maxSize, maxRate = 65535, 100_000, 1_000_000, 1_000_000_000
	return []valueType{
		newType("address", "host:port or :port", parseAddress),
		newType("clients", "names such as mobile or till-2, separated by commas", listOf(parseClient)),
		newType("conns", "a whole number from 2 to 100000", number(store.MinConns, maxCount)),
		newType("count", "a whole number from 1 to 100000", number(1, maxCount)),
		newType("delay", "a duration such as 500ms or 10s, or 0", durationFrom(0)),
		newType("duration", "a duration such as 500ms, 10s or 15m", durationFrom(1)),
		newType("format", "json or text", oneOf("json", "text")),
		newType("issuers", acceptedIssuers, parseIssuers),
		newType("level", "debug, info, warn or error", oneOf("debug", "info", "warn", "error")),
		newType("networks", "networks such as 10.0.0.0/8 or addresses such as 192.0.2.7, separated by commas", listOf(parseNetwork)),
		newType("operation-policy", "open or registered", oneOf(PolicyOpen, PolicyRegistered)),
		newType("origins", "origins such as https://admin.example, separated by commas", listOf(parseOrigin)),
		newType("port", "a port number from 1 to 65535, or 0 for a free port", number(0, maxPort)),
		newType("rate", "a whole number from 0 to 1000000000", number(0, maxRate)),
		newType("ratio", "a number from 0 to 1, such as 0.1", parseRatio),
		newType("roles", "one or more of api, events and jobs, separated by commas", parseRoles),
		newType("seed", "a whole number, 0 or greater", func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }),
		newType("size", "a whole number from 0 to 1000000", number(0, maxSize)),
	}
}

// Mappers parses the values of settings by their `type` tags. The error for an invalid value has the flag, the variable,
// the value and what is accepted.
func Mappers() kong.Option { //nolint:ireturn // kong takes options as an interface
	return kong.OptionFunc(func(k *kong.Kong) error {
		for _, t := range valueTypes() {
			if err := kong.NamedMapper(t.name, t.mapper).Apply(k); err != nil {
				return err
			}
		}
		return nil
	})
}

// newType makes a valueType of a parser.
func newType[T any](name, accepts string, parse func(string) (T, error)) valueType {
	return valueType{name, accepts, func(ctx *kong.DecodeContext, target reflect.Value) error {
		var text string
		if err := ctx.Scan.PopValueInto("value", &text); err != nil {
			return err //nolint:wrapcheck // kong's message
		}
		value, err := parse(strings.TrimSpace(text))
		if err != nil {
			variable := ""
			if len(ctx.Value.Tag.Envs) > 0 {
				variable = " (" + ctx.Value.Tag.Envs[0] + ")"
			}
			return fmt.Errorf("invalid value %q%s: want %s%s", text, variable, accepts, issuersDetail(err)) // kong puts the flag before it
		}
		if target.Kind() == reflect.Pointer {
			target.Set(reflect.New(target.Type().Elem()))
			target = target.Elem()
		}
		target.Set(reflect.ValueOf(value).Convert(target.Type()))
		return nil
	}}
}

// number parses a whole number within bounds.
func number(low, high int64) func(string) (int64, error) {
	return func(s string) (int64, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err == nil && (n < low || n > high) {
			err = strconv.ErrRange
		}
		return n, err
	}
}

// durationFrom parses a duration that is not shorter than minimum.
func durationFrom(minimum time.Duration) func(string) (time.Duration, error) {
	return func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err == nil && d < minimum {
			err = strconv.ErrRange
		}
		return d, err
	}
}

// parseRatio parses a number from 0 to 1.
func parseRatio(s string) (float64, error) {
	n, err := strconv.ParseFloat(s, 64)
	if err == nil && !(n >= 0 && n <= 1) { // also NaN
		err = strconv.ErrRange
	}
	return n, err
}

// parseAddress parses an address to listen on. The host may be empty.
func parseAddress(s string) (string, error) {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", err //nolint:wrapcheck // newType's error says what is accepted
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return s, err //nolint:wrapcheck // the same
}

// listOf parses values that are separated by commas.
func listOf[T any](parse func(string) (T, error)) func(string) ([]T, error) {
	return func(s string) ([]T, error) {
		var list []T
		for item := range strings.SplitSeq(s, ",") {
			item = strings.TrimSpace(item)
			if item == "" {
				continue
			}
			value, err := parse(item)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	}
}

// parseNetwork parses a network. An address is the network that contains only it.
func parseNetwork(s string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	return prefix.Masked(), err
}

// parseOrigin parses an origin as browsers send it: a scheme, a host, and a port if it is not the scheme's default.
func parseOrigin(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || s != u.Scheme+"://"+u.Host {
		return "", strconv.ErrSyntax
	}
	return s, nil
}

// parseClient parses a client's name.
func parseClient(s string) (string, error) {
	if !IsClientName(s) {
		return "", strconv.ErrSyntax
	}
	return s, nil
}

// oneOf parses one of the accepted words, in any case.
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

var clientName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// IsClientName reports whether a client may have the name: at most 64 letters, digits, dots, dashes and underscores, of
// which the first is a letter or a digit.
func IsClientName(s string) bool { return clientName.MatchString(s) }
