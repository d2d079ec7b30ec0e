package doctor

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const hidden = "[redacted]"

// literals are the values in a statement: strings in all of PostgreSQL's ways, and numbers that are not part of a name or $1.
var literals = regexp.MustCompile(`(?s)\$(\w*)\$.*|[eE]'(?:[^'\\]|\\.|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|([^\w$.]|^)\d[\w.]*`)

// comments may have anything in them.
var comments = regexp.MustCompile(`(?s)/\*.*?(?:\*/|$)|--[^\n]*`)

// withoutValues takes all values out of a statement. What follows a dollar-quote goes as a whole.
func withoutValues(statement string) string {
	return literals.ReplaceAllString(comments.ReplaceAllString(statement, ""), "${2}?")
}

// tokens are what looks like a token or a password hash, whosever it is.
var tokens = regexp.MustCompile(
	`eyJ[\w-]+\.[\w-]+(?:\.[\w-]+)?|(?i:bearer|basic) [\w.~+/=-]+|\b(?:art|aps)_[\w-]{20,}|\$argon2id\$[^\s"]+|(://[^\s:/@]*:)[^\s@/]+(@)`)

// redactor takes secrets out of what goes into a bundle.
type redactor struct{ values []string }

// newRedactor knows the secrets of the configuration, in all the ways in which they are written.
func (c Config) newRedactor() *redactor {
	secrets := []string{string(c.Secret)} //nolint:prealloc // how many there are is seen then
	for _, at := range append([]string{c.DatabaseURL, c.RedisURL}, c.ReplicaURLs...) {
		secrets = append(secrets, secretsOf(at)...)
	}
	r := &redactor{}
	for _, s := range secrets {
		if s != "" {
			r.values = append(r.values, s, url.QueryEscape(s), url.PathEscape(s), strings.TrimPrefix(url.UserPassword("", s).String(), ":"))
		}
	}
	// The longest first: one may be a part of another.
	slices.SortFunc(r.values, func(a, b string) int { return len(b) - len(a) })
	return r
}

// words are name = value, as connection strings have it.
var words = regexp.MustCompile(`(?i)\b\w*(?:password|secret)\w*\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s&]+))`)

// inURL is the password in what looks like a URL.
var inURL = regexp.MustCompile(`://[^:@/]*:([^@]*)@`)

// secretsOf are the passwords in a URL or a connection string.
func secretsOf(at string) (list []string) {
	if u, err := url.Parse(at); err == nil {
		if password, ok := u.User.Password(); ok {
			list = append(list, password)
		}
		for name, values := range u.Query() {
			if lower := strings.ToLower(name); strings.Contains(lower, "password") || strings.Contains(lower, "secret") {
				list = append(list, values...)
			}
		}
	} else if m := inURL.FindStringSubmatch(at); m != nil { // hosts in a list, or a password that is not escaped
		list = append(list, m[1])
		if plain, err := url.PathUnescape(m[1]); err == nil {
			list = append(list, plain)
		}
	}
	for _, m := range words.FindAllStringSubmatch(at, -1) {
		list = append(list, m[1], m[2])
	}
	return list
}

// text takes the secrets out of a text.
func (r *redactor) text(s string) string {
	for _, value := range r.values {
		s = strings.ReplaceAll(s, value, hidden)
	}
	return tokens.ReplaceAllString(s, "${1}"+hidden+"${2}")
}
