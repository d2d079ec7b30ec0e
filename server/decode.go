package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// readBody reads a request's body of at most limit bytes, which is what the sentence says.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, what string) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	tooLarge := new(http.MaxBytesError)
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &tooLarge):
		return nil, refuse(http.StatusRequestEntityTooLarge, codeLimit, "The body is larger than %d bytes, %s.", limit, what)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refuse(http.StatusRequestTimeout, codeTimeout, "The body took too long to arrive.")
	default:
		return nil, refuse(http.StatusBadRequest, codeBadRequest, "The body did not arrive whole.")
	}
}

// fieldsOf finds the parameters in a request, as the JSON that they are.
type fieldsOf func(request []byte) (map[string]json.RawMessage, error)

// decode does what the function of that name does. Large requests wait for their turn.
func (s *Server) decode(ctx context.Context, request []byte, in fieldsOf) (*graphql.RawParams, error) {
	if len(request) > largeRequest {
		release, err := s.turns.take(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	return decode(request, in)
}

// decode reads the parameters of a GraphQL request. Names are taken as the specification writes them: encoding/json
// alone would take QUERY for query. Names that it does not know are left alone.
func decode(request []byte, in fieldsOf) (*graphql.RawParams, error) {
	fields, err := in(request)
	if err != nil {
		return nil, err
	}
	params := &graphql.RawParams{}
	for _, field := range []struct {
		name, want string
		into       any
	}{
		{"query", "a string", &params.Query},
		{"operationName", "a string", &params.OperationName},
		{"variables", "an object", &params.Variables},
		{"extensions", "an object", &params.Extensions},
	} {
		raw, given := fields[field.name]
		if !given {
			continue
		}
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber() // what is not a float must not become one
		if err := decoder.Decode(field.into); err != nil {
			return nil, refuseBody(`"%s" must be %s, not %s.`, field.name, field.want, kindOf(raw))
		}
	}
	if params.Query == "" && params.Extensions[persistedQuery] == nil {
		return nil, refuseBody(`The request has no document: send it as the string "query".`)
	}
	return params, nil
}

// fieldsOfBody are the members of a body.
func fieldsOfBody(body []byte) (map[string]json.RawMessage, error) {
	start := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(start) == 0:
		return nil, refuseBody(`The body is empty: send {"query": "..."}.`)
	case !utf8.Valid(body):
		return nil, refuseBody("The body is not valid UTF-8.")
	}
	var fields map[string]json.RawMessage
	err := json.Unmarshal(body, &fields)
	syntax := new(json.SyntaxError)
	switch {
	case errors.As(err, &syntax):
		return nil, refuseBody("The body is not valid JSON: %s, after %d bytes.", syntax.Error(), syntax.Offset)
	case start[0] == '[':
		return nil, refuseBody("Batches are not supported: send each operation in a request of its own.")
	case err != nil || fields == nil:
		return nil, refuseBody("The body must be a JSON object, not %s.", kindOf(start))
	}
	return fields, nil
}

// fieldsOfAddress are the parameters in the query of a GET request's address. An empty one is none.
func fieldsOfAddress(query []byte) (map[string]json.RawMessage, error) {
	values, err := url.ParseQuery(string(query))
	if err != nil {
		return nil, refuseBody("The parameters in the address are not well encoded.")
	}
	fields := map[string]json.RawMessage{}
	for name, isJSON := range map[string]bool{"query": false, "operationName": false, "variables": true, "extensions": true} {
		value := values.Get(name)
		switch {
		case len(values[name]) > 1:
			return nil, refuseBody("%q is in the address %d times.", name, len(values[name]))
		case value == "":
		case !utf8.ValidString(value):
			return nil, refuseBody("%q is not valid UTF-8.", name)
		case !isJSON:
			fields[name], _ = json.Marshal(value) //nolint:errchkjson // a string
		case !json.Valid([]byte(value)):
			return nil, refuseBody("%q is not valid JSON.", name)
		default:
			fields[name] = bytes.TrimLeft([]byte(value), " \t\r\n")
		}
	}
	return fields, nil
}

// kindOf names what kind of value valid JSON starts with.
func kindOf(raw []byte) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}

func refuseBody(format string, args ...any) error {
	return refuse(http.StatusBadRequest, codeBadRequest, format, args...)
}
