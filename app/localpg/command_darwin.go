package localpg

import (
	"os/exec"
	"strconv"
)

// commandLine is what a process was started with, or nothing.
func commandLine(pid int) string {
	text, err := exec.Command("/bin/ps", "-ww", "-o", "args=", "-p", strconv.Itoa(pid)).Output() //nolint:noctx // answers at once
	if err != nil {
		return ""
	}
	return string(text)
}
