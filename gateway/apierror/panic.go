package apierror

import (
	"fmt"
	"runtime/debug"
)

// A PanicError is a recovered panic.
type PanicError struct {
	value any
	stack []byte
}

// Recovered wraps the value of recover. The deferred function that recovered must call it: it takes the stack of the panic.
func Recovered(value any) *PanicError { return &PanicError{value, debug.Stack()} }

// Error describes the value of the panic.
func (p *PanicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// Unwrap returns the value of the panic if it is an error.
func (p *PanicError) Unwrap() error {
	err, _ := p.value.(error)
	return err
}
