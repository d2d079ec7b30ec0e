package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"aisle/gateway/apierror"
	"aisle/gateway/document"
	"aisle/gateway/quota"
)

// DecodeBody reads the parameters in the JSON of a body, or of a message.
func (g *Gateway) DecodeBody(ctx context.Context, body []byte) (*graphql.RawParams, error) {
	return g.decode(ctx, body, bodyMembers)
}

// DecodeURL reads the parameters in the query of a URL.
func (g *Gateway) DecodeURL(ctx context.Context, rawQuery string) (*graphql.RawParams, error) {
	return g.decode(ctx, []byte(rawQuery), urlMembers)
}

// membersFunc finds the parameters in a request, as JSON by their names.
type membersFunc func(request []byte) (map[string]json.RawMessage, error)

// decode reads parameters. Large requests wait for a processor.
func (g *Gateway) decode(ctx context.Context, request []byte, membersOf membersFunc) (*graphql.RawParams, error) {
	if quota.IsLarge(len(request)) {
		if err := g.cpu.Acquire(ctx, 1); err != nil {
			return nil, err //nolint:wrapcheck // apierror.Classify knows it
		}
		defer g.cpu.Release(1)
	}
	return decodeParams(request, membersOf)
}

// decodeParams reads the members that the specification names, and ignores others. encoding/json alone would accept QUERY for query.
func decodeParams(request []byte, membersOf membersFunc) (*graphql.RawParams, error) {
	members, err := membersOf(request)
	if err != nil {
		return nil, err
	}
	params := &graphql.RawParams{}
	for _, err := range []error{
		decodeMember(members, "query", "a string", &params.Query),
		decodeMember(members, "operationName", "a string", &params.OperationName),
		decodeMember(members, "variables", "an object", &params.Variables),
		decodeMember(members, "extensions", "an object", &params.Extensions),
	} {
		if err != nil {
			return nil, err
		}
	}
	if !document.HasDocument(params) {
		return nil, badRequest(`The request has no document: send it as the string "query".`)
	}
	return params, nil
}

func decodeMember(members map[string]json.RawMessage, name, want string, into any) error {
	raw, given := members[name]
	if !given {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // an integer must not become a float
	if err := decoder.Decode(into); err != nil {
		return badRequest(`"%s" must be %s, not %s.`, name, want, kindOf(raw))
	}
	return nil
}

func bodyMembers(body []byte) (map[string]json.RawMessage, error) {
	start := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(start) == 0:
		return nil, badRequest(`The body is empty: send {"query": "..."}.`)
	case !utf8.Valid(body):
		return nil, badRequest("The body is not valid UTF-8.")
	}
	var members map[string]json.RawMessage
	err := json.Unmarshal(body, &members)
	syntax := new(json.SyntaxError)
	switch {
	case errors.As(err, &syntax):
		return nil, badRequest("The body is not valid JSON: %s, after %d bytes.", syntax.Error(), syntax.Offset)
	case start[0] == '[':
		return nil, badRequest("Batches are not supported: send each operation in a request of its own.")
	case err != nil || members == nil:
		return nil, badRequest("The body must be a JSON object, not %s.", kindOf(start))
	}
	return members, nil
}

// urlMembers treats an empty parameter as absent.
func urlMembers(query []byte) (map[string]json.RawMessage, error) {
	values, err := url.ParseQuery(string(query))
	if err != nil {
		return nil, badRequest(`The query of the URL is malformed: percent-encode its names and values, and separate them with "&".`)
	}
	members := make(map[string]json.RawMessage, len(values))
	for _, name := range []string{"query", "operationName", "variables", "extensions"} {
		value, isJSON := values.Get(name), name == "variables" || name == "extensions"
		switch {
		case len(values[name]) > 1:
			return nil, badRequest("%q is in the URL %d times.", name, len(values[name]))
		case value == "":
		case !utf8.ValidString(value):
			return nil, badRequest("%q is not valid UTF-8.", name)
		case !isJSON:
			members[name], _ = json.Marshal(value) //nolint:errchkjson // a string
		case !json.Valid([]byte(value)):
			return nil, badRequest("%q is not valid JSON.", name)
		default:
			members[name] = bytes.TrimLeft([]byte(value), " \t\r\n")
		}
	}
	return members, nil
}

// kindOf names the kind of a valid JSON value.
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

func badRequest(format string, args ...any) error {
	return apierror.New(apierror.CodeBadRequest, format, args...)
}
