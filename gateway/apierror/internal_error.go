package apierror

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Masked returns the message of an internal error.
func Masked(id string) string {
	return "Something went wrong on our side. Quote error id " + id + " when you report it."
}

// report logs an internal error and returns its id.
func report(ctx context.Context, log *slog.Logger, err error) (id string) {
	// gqlgen writes the path into the text, which differs for each field.
	if located := new(gqlerror.Error); errors.As(err, &located) && located.Err != nil {
		err = located.Err
	}
	id = newErrorID()
	if r, ok := ctx.Value(reportsKey{}).(*reports); ok {
		var isNew bool
		if id, isNew = r.id(err.Error()); !isNew {
			return id
		}
	}
	attrs := []slog.Attr{slog.String("error_id", id), slog.String("error", err.Error())}
	if path := graphql.GetPath(ctx); path != nil {
		attrs = append(attrs, slog.String("path", path.String()))
	}
	if graphql.HasOperationContext(ctx) {
		kind, name := "", ""
		if operation := graphql.GetOperationContext(ctx).Operation; operation != nil {
			kind, name = string(operation.Operation), operation.Name
		}
		attrs = append(attrs, slog.String("type", kind), slog.String("operation", name))
	}
	if panicked := new(PanicError); errors.As(err, &panicked) {
		attrs = append(attrs, slog.String("stack", string(panicked.stack)))
	}
	log.LogAttrs(ctx, slog.LevelError, "internal error", attrs...)
	return id
}

// reports are the internal errors of one operation.
type reports struct {
	mu  sync.Mutex
	ids map[string]string // by the error's text; nil until there is one
}

type reportsKey struct{}

// WithReports returns a context for one operation, in which Presenter.Report gives equal errors one id.
func WithReports(ctx context.Context) context.Context {
	return context.WithValue(ctx, reportsKey{}, &reports{})
}

func (r *reports) id(text string) (id string, isNew bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if id, ok := r.ids[text]; ok {
		return id, false
	}
	if r.ids == nil {
		r.ids = map[string]string{}
	}
	id = newErrorID()
	r.ids[text] = id
	return id, true
}

func newErrorID() string {
	const length = 12 // 60 bits, short enough to read out on the phone
	return rand.Text()[:length]
}
