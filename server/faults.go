package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

func masked(id string) string {
	return "Something went wrong on our side. Quote error id " + id + " when you report it."
}

// faults are those of one operation. One that strikes many fields has one id and one record.
type faults struct {
	mu  sync.Mutex
	ids map[string]string // by the error's text
}

type faultsKey struct{}

func withFaults(ctx context.Context) context.Context {
	return context.WithValue(ctx, faultsKey{}, &faults{})
}

func (f *faults) id(text string) (id string, isNew bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id, ok := f.ids[text]; ok {
		return id, false
	}
	if f.ids == nil { // most operations have none
		f.ids = map[string]string{}
	}
	id = newErrorID()
	f.ids[text] = id
	return id, true
}

func newErrorID() string {
	const length = 12 // 60 bits, short enough to read out on the phone
	return rand.Text()[:length]
}

// report logs a fault, and returns the id to quote.
func (s *Server) report(ctx context.Context, err error) (id string) {
	// gqlgen writes the path into the text, which would make as many faults of one as there are fields.
	if located := new(gqlerror.Error); errors.As(err, &located) && located.Err != nil {
		err = located.Err
	}
	id = newErrorID()
	if f, ok := ctx.Value(faultsKey{}).(*faults); ok {
		var isNew bool
		if id, isNew = f.id(err.Error()); !isNew {
			return id
		}
	}
	attrs := []slog.Attr{slog.String("error_id", id), slog.String("error", err.Error())}
	if path := graphql.GetPath(ctx); path != nil {
		attrs = append(attrs, slog.String("path", path.String()))
	}
	if graphql.HasOperationContext(ctx) {
		kind, name := named(graphql.GetOperationContext(ctx))
		attrs = append(attrs, slog.String("type", kind), slog.String("operation", name))
	}
	if p := new(panicError); errors.As(err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	s.config.Log.LogAttrs(ctx, slog.LevelError, "fault", attrs...)
	return id
}

// panicError is what somebody panicked with.
type panicError struct {
	value any
	stack []byte
}

// recoveredPanic must be called by the deferred function that recovered: the stack is that of the panic then.
func recoveredPanic(value any) *panicError { return &panicError{value, debug.Stack()} }

// Error tells what was panicked with.
func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// Unwrap is the error that was panicked with, if it was one.
func (p *panicError) Unwrap() error {
	err, _ := p.value.(error)
	return err
}
