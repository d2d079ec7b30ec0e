package doctor

import "fmt"

// Status is the severity of a finding.
type Status string

// The statuses, in the order of their severity.
const (
	OK       Status = "ok"
	Warning  Status = "warning"  // works, but needs attention
	Critical Status = "critical" // does not work, or soon will not
)

// Finding is the result of a check.
type Finding struct {
	Check   string `json:"check"`
	Status  Status `json:"status"`
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"` // empty if the status is OK
}

// Worst returns the most severe status of the findings.
func Worst(found []Finding) Status {
	worst := OK
	for _, f := range found {
		if f.Status == Critical || worst == OK {
			worst = f.Status
		}
		if worst == Critical {
			break
		}
	}
	return worst
}

func ok(format string, args ...any) Finding {
	return Finding{Status: OK, Message: fmt.Sprintf(format, args...)}
}

func warning(message, remedy string) Finding {
	return Finding{Status: Warning, Message: message, Remedy: remedy}
}

func critical(message, remedy string) Finding {
	return Finding{Status: Critical, Message: message, Remedy: remedy}
}
