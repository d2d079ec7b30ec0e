package doctor

import "regexp"

// literals are the values in a statement: strings in all of PostgreSQL's ways, and numbers that are not part of a name or $1.
var literals = regexp.MustCompile(`(?s)\$(\w*)\$.*|[eE]'(?:[^'\\]|\\.|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|([^\w$.]|^)\d[\w.]*`)

// comments may have anything in them.
var comments = regexp.MustCompile(`(?s)/\*.*?(?:\*/|$)|--[^\n]*`)

// withoutValues takes all values out of a statement. What follows a dollar-quote goes as a whole.
func withoutValues(statement string) string {
	return literals.ReplaceAllString(comments.ReplaceAllString(statement, ""), "${2}?")
}
