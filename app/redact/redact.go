// Package redact takes the secrets of a configuration out of texts that others may read.
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

// Mark stands where a secret was.
const Mark = "[redacted]"

// Redactor takes secrets out of texts: those that it knows, and what looks like one, whosever it is.
type Redactor struct{ values []string }

// New knows a secret, and the passwords in URLs and connection strings, in all the ways in which they are written.
func New(secret []byte, urls ...string) *Redactor {
	secrets := []string{string(secret)} //nolint:prealloc // how many there are is seen then
	for _, at := range urls {
		secrets = append(secrets, secretsOf(at)...)
	}
	r := &Redactor{}
	for _, s := range secrets {
		r.values = append(r.values, waysOf(s)...)
	}
	// The longest first: one may be a part of another.
	slices.SortFunc(r.values, func(a, b string) int { return len(b) - len(a) })
	return r
}

// Text takes the secrets out of a text.
func (r *Redactor) Text(s string) string {
	for _, value := range r.values {
		s = strings.ReplaceAll(s, value, Mark)
	}
	return tokens.ReplaceAllString(s, "${1}"+Mark+"${2}")
}

// tokens are what looks like a token or a password hash.
var tokens = regexp.MustCompile(
	`eyJ[\w-]+\.[\w-]+(?:\.[\w-]+)?|(?i:bearer|basic) [\w.~+/=-]+|\b(?:art|aps)_[\w-]{20,}|\$argon2id\$[^\s"]+|(://[^\s:/@]*:)[^\s@/]+(@)`)

// waysOf are the ways in which a secret is written: in URLs, and each of these within JSON or quotes, as logs have it.
func waysOf(secret string) (ways []string) {
	if secret == "" {
		return nil
	}
	for _, s := range []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), strings.TrimPrefix(url.UserPassword("", secret).String(), ":"),
	} {
		ways = append(ways, s, inJSON(s, true), inJSON(s, false), strings.Trim(strconv.Quote(s), `"`))
	}
	slices.Sort(ways)
	return slices.Compact(ways)
}

func inJSON(s string, escapeHTML bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	if err := e.Encode(s); err != nil { // a string can be written
		return s
	}
	text := strings.TrimSuffix(b.String(), "\n")
	return text[1 : len(text)-1]
}

// words are name = value, as connection strings have it, and queries of URLs, where it ends at the &.
var words = regexp.MustCompile(`(?i)\b\w*(?:password|secret)\w*\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(([^\s&]+)\S*))`)

// escaped is a character as connection strings may have it.
var escaped = regexp.MustCompile(`\\(.)`)

// inURL is the password in what looks like a URL.
var inURL = regexp.MustCompile(`://[^:@/]*:([^@]*)@`)

// secretsOf are the passwords in a URL or a connection string, as they are written there and as they are.
func secretsOf(at string) (list []string) {
	if u, err := url.Parse(at); err == nil {
		password, _ := u.User.Password()
		list = append(list, password)
	} else { // hosts in a list, or a password that is not escaped
		list = append(list, passwordIn(at))
		if m := inURL.FindStringSubmatch(at); m != nil {
			list = append(list, m[1])
		}
	}
	for _, m := range words.FindAllStringSubmatch(at, -1) {
		for _, written := range m[1:] {
			list = append(list, written, escaped.ReplaceAllString(written, "$1"))
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

// passwordIn is the password before the last @ of a URL's hosts.
func passwordIn(at string) string {
	_, rest, _ := strings.Cut(at, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	user := rest[:max(0, strings.LastIndex(rest, "@"))]
	_, password, _ := strings.Cut(user, ":")
	return password
}
