package store

import "strings"

// LikePattern is what ILIKE takes to find a text anywhere, nil for an empty text, which finds all.
func LikePattern(search string) *string {
	search = strings.TrimSpace(search)
	if search == "" {
		return nil
	}
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(search)
	pattern := "%" + escaped + "%"
	return &pattern
}
