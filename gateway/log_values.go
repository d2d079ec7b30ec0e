package gateway

import (
	"math"
	"strings"
	"time"

	"github.com/google/uuid"
)

// maxNameLen is how much of a name that a client made up goes into the log, in bytes.
const maxNameLen = 64

func truncateName(name string) string {
	if len(name) > maxNameLen {
		name = name[:maxNameLen]
	}
	return strings.ToValidUTF8(name, "")
}

func idOrEmpty(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

// milliseconds returns a duration with three decimals.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}
