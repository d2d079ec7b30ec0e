package store

import "strings"

// Pattern is what ILIKE takes to find a text anywhere, nil for an empty text, which finds all.
func Pattern(search string) *string {
	search = strings.TrimSpace(search)
	if search == "" {
		return nil
	}
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(search)
	pattern := "%" + escaped + "%"
	return &pattern
}
