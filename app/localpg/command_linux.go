package localpg

import (
	"fmt"
	"os"
)

// commandLine returns the command line of a process, or an empty string.
func commandLine(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) //nolint:gosec // a number
	if err != nil {
		return ""
	}
	return string(text)
}
