package store

import "fmt"

// Wrap says what was being done when the error happened. It passes nil through.
func Wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
