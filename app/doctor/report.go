package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// WriteTable writes the findings as text: a line for each, and a second one with the remedy if there is one.
func WriteTable(w io.Writer, found []Finding) error {
	width := 0
	for _, f := range found {
		width = max(width, len(f.Check))
	}
	var b strings.Builder
	count := map[Status]int{}
	for _, f := range found {
		count[f.Status]++
		fmt.Fprintf(&b, "%-8s  %-*s  %s\n", f.Status, width, f.Check, f.Message)
		if f.Remedy != "" {
			fmt.Fprintf(&b, "%-8s  %-*s  > %s\n", "", width, "", f.Remedy)
		}
	}
	fmt.Fprintf(&b, "\n%d ok, %d warning, %d critical\n", count[OK], count[Warning], count[Critical])
	_, err := io.WriteString(w, b.String())
	return err //nolint:wrapcheck // the writer's error
}

// WriteJSON writes the findings as JSON, with the most severe status.
func WriteJSON(w io.Writer, found []Finding) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct { //nolint:wrapcheck // the writer's error
		Status Status    `json:"status"`
		Checks []Finding `json:"checks"`
	}{Worst(found), found})
}

// joinFirst joins the first items of a list for a sentence, and says how many are left out.
func joinFirst(list []string) string {
	const limit = 5
	if len(list) > limit {
		return strings.Join(list[:limit], "; ") + fmt.Sprintf("; and %d more", len(list)-limit)
	}
	return strings.Join(list, "; ")
}

// formatDuration rounds a duration for display.
func formatDuration(d time.Duration) string {
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
