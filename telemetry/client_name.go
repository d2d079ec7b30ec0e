package telemetry

import "strings"

// TruncateName cuts a name that a client made up, such as its own or an operation's, to 64 bytes of valid UTF-8 for the log and traces.
func TruncateName(name string) string {
	const maxNameLen = 64
	if len(name) > maxNameLen {
		name = name[:maxNameLen]
	}
	return strings.ToValidUTF8(name, "")
}
