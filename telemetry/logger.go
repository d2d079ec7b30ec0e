package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// NewLogger returns a logger that writes one line per record to w. format is json or text. level is debug, info, warn or error,
// in any case. Each record has the attributes of its context (see WithAttrs).
func NewLogger(w io.Writer, format, level string) (*slog.Logger, error) {
	var minLevel slog.Level
	if err := minLevel.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: use debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: minLevel}
	switch format {
	case "json":
		return slog.New(contextHandler{slog.NewJSONHandler(w, options)}), nil
	case "text":
		return slog.New(contextHandler{slog.NewTextHandler(w, options)}), nil
	default:
		return nil, fmt.Errorf("log format %q: use json or text", format)
	}
}

type attrsKey struct{}

// WithAttrs returns a context that adds attrs to the log records written with it, after the attributes that ctx has.
func WithAttrs(ctx context.Context, attrs ...slog.Attr) context.Context {
	inherited, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	// Clip makes append copy, so that two contexts derived from ctx never share an array.
	return context.WithValue(ctx, attrsKey{}, append(slices.Clip(inherited), attrs...))
}

// contextHandler adds the attributes of the context to each record.
type contextHandler struct{ slog.Handler }

// Handle adds the attributes and passes the record on.
func (h contextHandler) Handle(ctx context.Context, record slog.Record) error {
	if attrs, ok := ctx.Value(attrsKey{}).([]slog.Attr); ok {
		record.AddAttrs(attrs...)
	}
	return h.Handler.Handle(ctx, record) //nolint:wrapcheck // a decorator has nothing to add
}

// WithAttrs returns a contextHandler, too.
func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup returns a contextHandler, too.
func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}
