package app

import (
	"fmt"
	"io"
)

// Terminal is where a command writes: its result to Out, everything else to Err.
type Terminal struct{ Out, Err io.Writer }

// printf writes a line of the result.
func (t Terminal) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(t.Out, format+"\n", args...)
}

// notef writes a line for the person at the terminal.
func (t Terminal) notef(format string, args ...any) { _, _ = fmt.Fprintf(t.Err, format+"\n", args...) }
