package server

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// The media types of answers. The first is the legacy one: its status is 200 also when the document is wrong.
const (
	mediaJSON    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
)

// accepted chooses the media type of the answer. Without a wish it is application/json, as the specification asks of
// servers that answered before application/graphql-response+json was. ok is false when the client takes neither.
func accepted(header http.Header) (media string, ok bool) {
	wishes := header.Values("Accept")
	if len(wishes) == 0 {
		return mediaJSON, true
	}
	var legacy, current preference
	for wish := range strings.SplitSeq(strings.Join(wishes, ","), ",") {
		named, quality, ok := parseRange(wish)
		if !ok {
			continue
		}
		legacy.consider(named, mediaJSON, quality)
		current.consider(named, mediaGraphQL, quality)
	}
	switch {
	case current.quality <= 0 && legacy.quality <= 0:
		return "", false
	case current.quality > legacy.quality:
		return mediaGraphQL, true
	case current.quality == legacy.quality && current.match == matchExact:
		return mediaGraphQL, true
	default:
		return mediaJSON, true
	}
}

// How closely a media range of Accept matches a media type. The closest range says the quality.
const (
	matchNone = iota
	matchAny
	matchType
	matchExact
)

type preference struct {
	match   int
	quality float64
}

func (p *preference) consider(named, media string, quality float64) {
	match := matchNone
	switch named {
	case media:
		match = matchExact
	case "application/*":
		match = matchType
	case "*/*":
		match = matchAny
	}
	if match > p.match {
		*p = preference{match, quality}
	}
}

// parseRange reads one media range of an Accept header. It refuses what is malformed, and charsets but UTF-8, which are
// not to be had here.
func parseRange(s string) (named string, quality float64, ok bool) {
	named, params, err := mime.ParseMediaType(s)
	if err != nil || !isUTF8(params) {
		return "", 0, false
	}
	q, given := params["q"]
	if !given {
		return named, 1, true
	}
	quality, err = strconv.ParseFloat(q, 64)
	if err != nil || !(quality >= 0 && quality <= 1) { // NaN is neither
		return "", 0, false
	}
	return named, quality, true
}

func isUTF8(params map[string]string) bool {
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// checkContent returns an error unless the body is plain JSON in UTF-8.
func checkContent(header http.Header) error {
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || media != mediaJSON || !isUTF8(params) {
		return refuse(http.StatusUnsupportedMediaType, codeUnsupported,
			`Send the request as JSON in UTF-8, with the header "Content-Type: application/json".`)
	}
	if encoding := header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return refuse(http.StatusUnsupportedMediaType, codeUnsupported, "Send the request without a Content-Encoding.")
	}
	return nil
}
