package graphqlhttp

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"

	"aisle/auth"
	"aisle/gateway"
	"aisle/gateway/apierror"
	"aisle/gateway/quota"
	"aisle/gateway/responsecache"
)

// revalidated lets the client store a response, but no proxy; the client asks each time whether the response is still valid.
const revalidated = "private, no-cache"

// reply is what became of a request.
type reply struct {
	request gateway.Request // as far as it was read
	result  *gateway.Result
	status  int
	bytes   int // of the body, before compression
}

// responder writes the response to a request.
type responder struct {
	gateway *gateway.Gateway
	w       http.ResponseWriter
	wanted  negotiated
}

// reject responds with an error of a request whose operation is not known.
func (r responder) reject(ctx context.Context, request gateway.Request, err error) reply {
	result := r.gateway.Reject(ctx, err)
	if request.Account != nil {
		result.Quota = request.Account.Result()
	}
	return r.send(ctx, request, result)
}

// send writes the status, the headers and the body.
func (r responder) send(ctx context.Context, request gateway.Request, result *gateway.Result) reply {
	header := r.w.Header()
	setQuota(header, result.Quota)
	if result.Cached != nil {
		status, bytes := r.sendCached(result.Cached)
		return reply{request, result, status, bytes}
	}
	r.gateway.AddStatements(ctx, result.Response)
	body, response := r.gateway.Encode(ctx, result.Response)
	result.Response = response
	status := responseStatus(r.wanted.media, response)
	if result.Err != nil {
		status = rejectionStatus(result.Err, response)
	}
	switch status {
	case http.StatusUnauthorized:
		setChallenge(header, cmp.Or(result.Err, request.AuthErr))
	case http.StatusMethodNotAllowed:
		header.Set("Allow", r.wanted.allowedMethods())
	}
	if seconds := apierror.RetryAfter(response); seconds > 0 { // for clients and proxies that do not know GraphQL
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
	header.Set("Content-Type", r.wanted.media+"; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	if r.wanted.isGET {
		header.Add("Vary", "Authorization")
		if len(response.Errors) == 0 {
			header.Set("Cache-Control", revalidated)
		}
	}
	header.Add("Vary", "Accept") // the compression adds Accept-Encoding
	r.w.WriteHeader(status)
	_, _ = r.w.Write(body) //nolint:gosec // it is JSON, and nobody is left to tell
	return reply{request, result, status, len(body)}
}

// sendCached writes a response that the client may store, or that the client's copy is valid.
func (r responder) sendCached(cached *responsecache.Response) (status, bytes int) {
	header := r.w.Header()
	header.Set("Etag", cached.ETag) //nolint:canonicalheader // as net/http spells it, which saves time
	header.Set("Cache-Control", revalidated)
	header["Vary"] = append(header["Vary"], "Authorization", "Accept")
	if cached.Body == nil {
		r.w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified, 0
	}
	for _, part := range cached.Body {
		bytes += len(part)
	}
	header.Set("Content-Type", r.wanted.media+"; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(bytes)) // the compression removes it
	r.w.WriteHeader(http.StatusOK)
	writeParts(r.w, cached.Body, bytes)
	return http.StatusOK, bytes
}

//nolint:gochecknoglobals // memory is the process's
var bodyBuffers = sync.Pool{New: func() any { return new([]byte) }}

// writeParts writes the parts of a body at once, because each write is a system call; those of a large body one by one.
func writeParts(w http.ResponseWriter, parts [][]byte, bytes int) {
	const maxJoined = 64 << 10
	if len(parts) == 1 || bytes > maxJoined {
		for _, part := range parts {
			_, _ = w.Write(part) //nolint:gosec // it is JSON, and nobody is left to tell
		}
		return
	}
	joined := bodyBuffers.Get().(*[]byte) //nolint:forcetypeassert,errcheck // the pool has nothing else
	defer bodyBuffers.Put(joined)
	*joined = (*joined)[:0]
	for _, part := range parts {
		*joined = append(*joined, part...)
	}
	_, _ = w.Write(*joined) // nobody is left to tell
}

// allowedMethods returns the methods for a request that was rejected because of its method.
func (n negotiated) allowedMethods() string {
	if n.isGET { // which would have run a query
		return http.MethodPost
	}
	return http.MethodGet + ", " + http.MethodPost
}

// setChallenge tells a client how to authenticate (RFC 6750).
func setChallenge(header http.Header, err error) {
	value := "Bearer"
	if errors.Is(err, auth.ErrInvalidToken) {
		value = `Bearer error="invalid_token"`
	}
	header.Set("WWW-Authenticate", value)
}

// setQuota tells the client what its quota has left. Most clients know these headers, which are those of the drafts before the eighth of
// https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/.
func setQuota(header http.Header, q *quota.Result) {
	if q == nil {
		return
	}
	header.Set("Ratelimit-Limit", strconv.Itoa(q.Limit))
	header.Set("Ratelimit-Remaining", strconv.Itoa(q.Remaining))
	header.Set("Ratelimit-Reset", strconv.Itoa(q.Reset))
}
