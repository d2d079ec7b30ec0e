package store

import (
	"fmt"
	"regexp"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/redis/go-redis/extra/redisotel/v9"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace"
)

// tracerOf counts statements and, where there are traces, makes spans of those that are sent for a traced request: of their text, and
// not of their arguments. It calls readOnly when a server takes no writes.
func tracerOf(traces trace.TracerProvider, readOnly func()) pgx.QueryTracer { //nolint:ireturn // pgx takes one
	counting := statementTracer{time.Now, &modulesOf{}, readOnly}
	if traces == nil {
		return counting
	}
	spans := otelpgx.NewTracer(otelpgx.WithTracerProvider(traces), otelpgx.WithSpanNameFunc(nameOf),
		otelpgx.WithDisableConnectionDetailsInAttributes())
	return multitracer.New(counting, spans)
}

// nameInSQL finds the name that a statement has in queries.sql.
var nameInSQL = regexp.MustCompile(`^-- name: (\w+) :`)

// nameOf is what a statement's span is called: its name, or else its first word.
func nameOf(sql string) string {
	if found := nameInSQL.FindStringSubmatch(sql); found != nil {
		return found[1]
	}
	return firstWord.FindString(sql)
}

var firstWord = regexp.MustCompile(`\w+`)

// TraceRedis makes a span of each command that a traced request sends: of its name, and not of its keys and values.
func TraceRedis(client redis.UniversalClient, traces trace.TracerProvider) error {
	if traces == nil {
		return nil
	}
	err := redisotel.InstrumentTracing(client, redisotel.WithTracerProvider(traces), redisotel.WithDBStatement(false),
		redisotel.WithCallerEnabled(false), redisotel.WithDialFilter(true))
	if err != nil {
		return fmt.Errorf("trace Redis: %w", err)
	}
	return nil
}
