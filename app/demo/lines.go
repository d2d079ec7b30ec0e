package demo

import "strings"

// splitTrimmed splits a line at a separator and trims the parts.
func splitTrimmed(line, separator string) []string {
	parts := strings.Split(line, separator)
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}
