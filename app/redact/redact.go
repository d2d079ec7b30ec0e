// Package redact removes the secrets of a configuration from texts.
package redact

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Placeholder replaces a secret.
const Placeholder = "[redacted]"

// A Redactor removes secrets from texts: those that it knows, and anything that looks like a secret.
type Redactor struct{ values []string }

// New makes a Redactor of a secret and of the passwords in URLs and connection strings, in all their spellings.
func New(secret []byte, urls ...string) *Redactor {
	secrets := []string{string(secret)} //nolint:prealloc // the number is not known
	for _, u := range urls {
		secrets = append(secrets, extractPasswords(u)...)
	}
	r := &Redactor{}
	for _, s := range secrets {
		r.values = append(r.values, spellings(s)...)
	}
	// The longest first: one may contain another.
	slices.SortFunc(r.values, func(a, b string) int { return len(b) - len(a) })
	return r
}

// Text removes the secrets from a text.
func (r *Redactor) Text(s string) string {
	for _, value := range r.values {
		s = strings.ReplaceAll(s, value, Placeholder)
	}
	return tokenPattern.ReplaceAllString(s, "${1}"+Placeholder+"${2}")
}

// tokenPattern matches what looks like a token, a password hash or a password in a URL.
var tokenPattern = regexp.MustCompile(
	`eyJ[\w-]+\.[\w-]+(?:\.[\w-]+)?|(?i:bearer|basic) [\w.~+/=-]+|\b(?:art|aps)_[\w-]{20,}|\$argon2id\$[^\s"]+|(://[^\s:/@]*:)[^\s@/]+(@)`)

// spellings returns the spellings of a secret: plain, escaped in URLs, and each of these in JSON or quotes.
func spellings(secret string) (list []string) {
	if secret == "" {
		return nil
	}
	for _, s := range []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), strings.TrimPrefix(url.UserPassword("", secret).String(), ":"),
	} {
		list = append(list, s, jsonEscape(s, true), jsonEscape(s, false), strings.Trim(strconv.Quote(s), `"`))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func jsonEscape(s string, escapeHTML bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	if err := e.Encode(s); err != nil { // cannot happen for a string
		return s
	}
	text := strings.TrimSuffix(b.String(), "\n")
	return text[1 : len(text)-1]
}

// keywordPattern matches a keyword and its value in a connection string or in the query of a URL, where the value ends at an &.
var keywordPattern = regexp.MustCompile(`(?i)\b\w*(?:password|secret)\w*\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(([^\s&]+)\S*))`)

// escapedChar matches an escaped character in a connection string.
var escapedChar = regexp.MustCompile(`\\(.)`)

// urlPassword matches the password in a URL.
var urlPassword = regexp.MustCompile(`://[^:@/]*:([^@]*)@`)

// extractPasswords returns the passwords in a URL or a connection string, both escaped and unescaped.
func extractPasswords(source string) (list []string) {
	if u, err := url.Parse(source); err == nil {
		password, _ := u.User.Password()
		list = append(list, password)
	} else { // a list of hosts, or an unescaped password
		list = append(list, hostPassword(source))
		if m := urlPassword.FindStringSubmatch(source); m != nil {
			list = append(list, m[1])
		}
	}
	for _, m := range keywordPattern.FindAllStringSubmatch(source, -1) {
		for _, written := range m[1:] {
			list = append(list, written, escapedChar.ReplaceAllString(written, "$1"))
		}
	}
	for _, written := range list {
		for _, unescape := range []func(string) (string, error){url.PathUnescape, url.QueryUnescape} {
			if plain, err := unescape(written); err == nil {
				list = append(list, plain)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// hostPassword returns the password before the last @ of a URL's authority.
func hostPassword(source string) string {
	_, rest, _ := strings.Cut(source, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	user := rest[:max(0, strings.LastIndex(rest, "@"))]
	_, password, _ := strings.Cut(user, ":")
	return password
}
