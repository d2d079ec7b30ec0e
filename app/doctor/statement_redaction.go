package doctor

import "regexp"

// literalPattern matches the literals in a statement: all forms of strings of PostgreSQL, and numbers that are not part of an
// identifier or a parameter.
var literalPattern = regexp.MustCompile(`(?s)\$(\w*)\$.*|[eE]'(?:[^'\\]|\\.|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|([^\w$.]|^)\d[\w.]*`)

// commentPattern matches comments, which may contain values.
var commentPattern = regexp.MustCompile(`(?s)/\*.*?(?:\*/|$)|--[^\n]*`)

// redactLiterals replaces all literals in a statement and removes comments. It removes everything after a dollar quote.
func redactLiterals(statement string) string {
	return literalPattern.ReplaceAllString(commentPattern.ReplaceAllString(statement, ""), "${2}?")
}
