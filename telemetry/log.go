package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// NewLogger returns a logger that writes to w, one line a record. format is json or text; level is debug, info, warn or
// error, in any case. Each record has the attributes that its context carries (see WithAttrs).
func NewLogger(w io.Writer, format, level string) (*slog.Logger, error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: want debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: least}
	switch format {
	case "json":
		return slog.New(contextHandler{slog.NewJSONHandler(w, options)}), nil
	case "text":
		return slog.New(contextHandler{slog.NewTextHandler(w, options)}), nil
	default:
		return nil, fmt.Errorf("log format %q: want json or text", format)
	}
}

type attrsKey struct{}

// WithAttrs returns a context whose records have these attributes, besides those that ctx has already.
func WithAttrs(ctx context.Context, attrs ...slog.Attr) context.Context {
	before, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	// Clipped, so that two contexts made from ctx never write to the same array.
	return context.WithValue(ctx, attrsKey{}, append(slices.Clip(before), attrs...))
}

// contextHandler adds the context's attributes to each record.
type contextHandler struct{ slog.Handler }

// Handle adds the attributes and hands the record on.
func (h contextHandler) Handle(ctx context.Context, record slog.Record) error {
	if attrs, ok := ctx.Value(attrsKey{}).([]slog.Attr); ok {
		record.AddAttrs(attrs...)
	}
	return h.Handler.Handle(ctx, record) //nolint:wrapcheck // a decorator adds nothing to say
}

// WithAttrs keeps the decoration.
func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the decoration.
func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}
