package supervise

import (
	"context"
	"log/slog"
	"time"
	"unicode/utf8"
)

// Component is a part of a process that fails and restarts on its own.
type Component struct {
	Name string // short, from a fixed set: it is a label of metrics
	// Run runs the component until ctx ends. It is called again after a failure or a restart, never concurrently.
	Run func(ctx context.Context) error
	// StopFirst marks a component that stops before the others, such as one that answers requests.
	StopFirst bool
}

// Config configures a Tree. Components and Log must be set.
type Config struct {
	Components []Component // with unique names
	Log        *slog.Logger
	Now        func() time.Time
	Redact     func(string) string // redacts secrets in error texts; may be nil

	// A component that fails is restarted at once a few times, and then after about Backoff; 2 s if zero.
	Backoff time.Duration
	// StopTimeout is the time that a component has to stop; 10 s if zero.
	StopTimeout time.Duration
}

// maxErrorLen is the maximum length of an error text in bytes.
const maxErrorLen = 500

// errorText returns the redacted and truncated text of an error.
func (c *Config) errorText(err error) string {
	text := c.Redact(err.Error())
	if len(text) <= maxErrorLen {
		return text
	}
	end := maxErrorLen
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
