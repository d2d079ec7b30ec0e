package apierror

import (
	"fmt"
	"math"
	"strings"
	"time"

	"aisle/store"
)

// An Error refuses a request. Its message is for the client.
type Error struct {
	Code       string
	Message    string
	RetryAfter int // seconds after which the client may try again; 0 when that would not help
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// New returns an Error with the formatted message.
func New(code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// RateLimited returns an Error that asks the client to try again after the given time. The formatted message has no final full
// stop: a sentence that names the time follows it.
func RateLimited(retry time.Duration, format string, args ...any) error {
	seconds := max(1, int(math.Ceil(retry.Seconds())))
	message := fmt.Sprintf(format, args...) + fmt.Sprintf(". Try again in %d s.", seconds)
	return &Error{Code: CodeRateLimited, Message: message, RetryAfter: seconds}
}

// Quote is store.Quote, for packages that do not import the store.
func Quote(text string) string { return store.Quote(text) }

// truncate cuts a text at a number of bytes and marks the cut with three dots.
func truncate(text string, maxLen int) string {
	if len(text) <= maxLen {
		return text
	}
	return strings.ToValidUTF8(text[:maxLen], "") + "..."
}
