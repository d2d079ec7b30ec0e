package localpg

import (
	"fmt"
	"os"
)

// commandLine is what a process was started with, or nothing.
func commandLine(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) //nolint:gosec // a number
	if err != nil {
		return ""
	}
	return string(text)
}
