package graphqlhttp

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"aisle/gateway/apierror"
	"aisle/server/graphqlsse"
)

// The media types of responses. With the legacy one the status is 200 even when the document is invalid.
const (
	mediaJSON    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
)

// negotiated is the kind of request and of response.
type negotiated struct {
	media         string // of the response
	isGET         bool
	isEventStream bool
}

// negotiate checks the kind of a request before anything of it is read.
func (h *Handler) negotiate(r *http.Request) (negotiated, error) {
	wanted := negotiated{media: mediaJSON}
	if !h.config.Origins.Allows(r) {
		return wanted, apierror.New(apierror.CodeForbidden, "Pages of other sites may not use this server.")
	}
	wanted.isGET = r.Method == http.MethodGet
	if r.Method != http.MethodPost && !wanted.isGET {
		return wanted, apierror.New(apierror.CodeMethod, "Send operations with POST, or queries with GET.")
	}
	media, ok := acceptedMedia(r.Header)
	wanted.isEventStream = AcceptsEventStream(r) && !wanted.isGET
	if !ok && !wanted.isEventStream {
		return wanted, withStatus(http.StatusNotAcceptable, apierror.New(apierror.CodeNotAcceptable,
			"The response is %s, %s or %s: accept one of them.", mediaGraphQL, mediaJSON, graphqlsse.MediaType))
	}
	if ok {
		wanted.media = media
	}
	if h.config.OnlySubscriptions && !wanted.isEventStream {
		return wanted, withStatus(http.StatusMisdirectedRequest, apierror.New(apierror.CodeMisdirected,
			"This node serves only sockets and event streams: send this to one with the role `api`."))
	}
	if wanted.isGET {
		return wanted, nil
	}
	return wanted, checkContent(r.Header)
}

// AcceptsEventStream reports whether the client accepts an event stream.
func AcceptsEventStream(r *http.Request) bool {
	for wish := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if media, quality, ok := parseMediaRange(wish); ok && media == graphqlsse.MediaType && quality > 0 {
			return true
		}
	}
	return false
}

// acceptedMedia chooses the media type of the response. Without an Accept header it is application/json, as the specification asks of
// servers that are older than application/graphql-response+json. ok is false when the client accepts neither.
func acceptedMedia(header http.Header) (media string, ok bool) {
	wishes := header.Values("Accept")
	if len(wishes) == 0 {
		return mediaJSON, true
	}
	var legacy, current preference
	for wish := range strings.SplitSeq(strings.Join(wishes, ","), ",") {
		named, quality, ok := parseMediaRange(wish)
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

// How closely a media range of Accept matches a media type. The closest range determines the quality.
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

// parseMediaRange reads one media range of an Accept header. It rejects malformed ones, and charsets other than UTF-8, which the server
// does not write.
func parseMediaRange(s string) (media string, quality float64, ok bool) {
	media, params, err := mime.ParseMediaType(s)
	if err != nil || !isUTF8(params) {
		return "", 0, false
	}
	q, given := params["q"]
	if !given {
		return media, 1, true
	}
	quality, err = strconv.ParseFloat(q, 64)
	if err != nil || !(quality >= 0 && quality <= 1) { // NaN is neither
		return "", 0, false
	}
	return media, quality, true
}

func isUTF8(params map[string]string) bool {
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// checkContent returns an error unless the body is plain JSON in UTF-8.
func checkContent(header http.Header) error {
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || media != mediaJSON || !isUTF8(params) {
		return unsupportedMedia(`Send the request as JSON in UTF-8, with the header "Content-Type: application/json".`)
	}
	if encoding := header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return unsupportedMedia("Send the request without a Content-Encoding.")
	}
	return nil
}

func unsupportedMedia(message string) error {
	return withStatus(http.StatusUnsupportedMediaType, apierror.New(apierror.CodeUnsupported, "%s", message))
}
