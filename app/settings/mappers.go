package settings

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

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
				return fmt.Errorf("add the type %s: %w", t.name, err)
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
