package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// WriteTable writes the findings for a person: what is wrong stands with its remedy.
func WriteTable(w io.Writer, found []Finding) error {
	width := 0
	for _, f := range found {
		width = max(width, len(f.Check))
	}
	var b strings.Builder
	count := map[Status]int{}
	for _, f := range found {
		count[f.Status]++
		fmt.Fprintf(&b, "%-7s  %-*s  %s\n", f.Status, width, f.Check, f.Says)
		if f.Remedy != "" {
			fmt.Fprintf(&b, "%-7s  %-*s  > %s\n", "", width, "", f.Remedy)
		}
	}
	fmt.Fprintf(&b, "\n%d ok, %d warnings, %d faults\n", count[OK], count[Warning], count[Fault])
	_, err := io.WriteString(w, b.String())
	return err //nolint:wrapcheck // of the writer
}

// WriteJSON writes the findings for a program.
func WriteJSON(w io.Writer, found []Finding) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct { //nolint:wrapcheck // of the writer
		Status Status    `json:"status"`
		Checks []Finding `json:"checks"`
	}{Worst(found), found})
}

// some are the first few of a list, as a sentence has them.
func some(list []string) string {
	const few = 5
	if len(list) > few {
		return strings.Join(list[:few], "; ") + fmt.Sprintf("; and %d more", len(list)-few)
	}
	return strings.Join(list, "; ")
}

// brief is a duration in few characters.
func brief(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= time.Minute:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(time.Millisecond).String()
	default:
		return d.Round(10 * time.Microsecond).String()
	}
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return line
}
