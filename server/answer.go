package server

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
)

// encode writes an answer as JSON: errors first, as the specification recommends. An answer to a request that did not
// run has no data at all; gqlgen's own encoding would say null, which means that it ran and failed.
func encode(answer *graphql.Response) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(answer.Data) + 256)
	b.WriteByte('{')
	if len(answer.Errors) > 0 {
		if err := member(&b, "errors", answer.Errors); err != nil {
			return nil, err
		}
	}
	if answer.Data != nil {
		separate(&b)
		b.WriteString(`"data":`)
		b.Write(answer.Data) // JSON already: gqlgen wrote it
	}
	if len(answer.Extensions) > 0 {
		if err := member(&b, "extensions", answer.Extensions); err != nil {
			return nil, err
		}
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

func member(b *bytes.Buffer, name string, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err //nolint:wrapcheck // it names the value
	}
	separate(b)
	b.WriteString(strconv.Quote(name) + ":")
	b.Write(encoded)
	return nil
}

func separate(b *bytes.Buffer) {
	if b.Len() > 1 {
		b.WriteByte(',')
	}
}

// codes are the distinct codes of an answer's errors, in their order.
func codes(answer *graphql.Response) []string {
	var found []string
	for _, err := range answer.Errors {
		if code := codeOf(err); !slices.Contains(found, code) {
			found = append(found, code)
		}
	}
	return found
}

// respond writes the answer of an exchange: all its headers, and its body.
func (s *Server) respond(ctx context.Context, w http.ResponseWriter, x *exchange) {
	header := w.Header()
	if x.kept != nil {
		s.respondKept(w, x)
		return
	}
	if s.config.Dev {
		x.tellStatements()
	}
	body := s.encode(ctx, x)
	switch x.status {
	case http.StatusUnauthorized:
		challenge(header, x.denial)
	case http.StatusMethodNotAllowed:
		header.Set("Allow", x.allowed())
	}
	x.tell(header)
	sayRetryAfter(header, x.answer)
	header.Set("Content-Type", x.media+"; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	if x.reads {
		header.Add("Vary", "Authorization")
		if len(x.answer.Errors) == 0 {
			header.Set("Cache-Control", keptByClients)
		}
	}
	header.Add("Vary", "Accept") // and Accept-Encoding, which the compression adds
	w.WriteHeader(x.status)
	_, _ = w.Write(body) // nobody is left to tell
}

// respondKept writes an answer that the client may keep, or says that its copy is still right.
func (s *Server) respondKept(w http.ResponseWriter, x *exchange) {
	header := w.Header()
	x.tell(header)
	header.Set("Etag", x.kept.tag.String()) //nolint:canonicalheader // as net/http has it, which takes no time
	header.Set("Cache-Control", keptByClients)
	header["Vary"] = append(header["Vary"], "Authorization", "Accept")
	if x.status == http.StatusNotModified {
		w.WriteHeader(x.status)
		return
	}
	x.bytes = 0
	for _, part := range x.kept.body {
		x.bytes += len(part)
	}
	header.Set("Content-Type", x.media+"; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(x.bytes)) // compression takes it away again
	w.WriteHeader(x.status)
	if len(x.kept.body) == 1 || x.bytes > mostHeld {
		for _, part := range x.kept.body {
			_, _ = w.Write(part) // nobody is left to tell
		}
		return
	}
	whole := s.bodies.Get().(*[]byte) //nolint:forcetypeassert,errcheck // the pool has nothing else
	defer s.bodies.Put(whole)
	*whole = (*whole)[:0]
	for _, part := range x.kept.body {
		*whole = append(*whole, part...)
	}
	_, _ = w.Write(*whole) // at once: each write is a system call
}

// keptByClients lets the client keep an answer, and nobody between; it asks each time whether it still holds.
const keptByClients = "private, no-cache"

// allowed are the methods for what was refused for its method.
func (x *exchange) allowed() string {
	if x.reads { // a query would have run
		return http.MethodPost
	}
	return http.MethodGet + ", " + http.MethodPost
}
