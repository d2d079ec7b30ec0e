package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"aisle/gateway/apierror"
	"aisle/store"
)

// Encode returns a response as JSON. A response that cannot be encoded is an internal error: Encode also returns the response that the
// body holds.
func (g *Gateway) Encode(ctx context.Context, response *graphql.Response) ([]byte, *graphql.Response) {
	body, err := encode(response)
	if err != nil {
		response = g.fail(ctx, err)
		body, _ = encode(response) // it has strings only
	}
	return body, response
}

// encode writes the errors first, as the specification recommends. A response without data has none at all: gqlgen's own encoding
// would write null, which means that the operation ran and failed.
func encode(response *graphql.Response) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(response.Data) + 256)
	b.WriteByte('{')
	if len(response.Errors) > 0 {
		if err := writeMember(&b, "errors", response.Errors); err != nil {
			return nil, err
		}
	}
	if response.Data != nil {
		writeSeparator(&b)
		b.WriteString(`"data":`)
		b.Write(response.Data) // it is JSON
	}
	if len(response.Extensions) > 0 {
		if err := writeMember(&b, "extensions", response.Extensions); err != nil {
			return nil, err
		}
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

func writeMember(b *bytes.Buffer, name string, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err //nolint:wrapcheck // it names the value
	}
	writeSeparator(b)
	b.WriteString(strconv.Quote(name) + ":")
	b.Write(encoded)
	return nil
}

func writeSeparator(b *bytes.Buffer) {
	if b.Len() > 1 {
		b.WriteByte(',')
	}
}

// Fail returns the response of an operation that an error ended.
func (g *Gateway) Fail(ctx context.Context, err error) *graphql.Response { return g.fail(ctx, err) }

// fail returns the response of an operation that did not run.
func (g *Gateway) fail(ctx context.Context, errs ...error) *graphql.Response {
	response := &graphql.Response{}
	for _, err := range errs[:min(len(errs), g.config.Limits.Errors)] {
		response.Errors = append(response.Errors, g.errors.Present(ctx, err))
	}
	g.limitErrors(ctx, response, len(errs))
	return response
}

// limitErrors leaves out errors beyond the limit, and adds one that says so.
func (g *Gateway) limitErrors(ctx context.Context, response *graphql.Response, errs int) {
	limit := g.config.Limits.Errors
	if errs > limit {
		rest := apierror.New(apierror.CodeLimit, "There are %d errors, the limit is %d: the others are left out.", errs, limit)
		response.Errors = append(response.Errors[:limit:limit], g.errors.Present(ctx, rest))
	}
}

// AddStatements adds to a response, in dev, how many SQL statements the operation sent.
func (g *Gateway) AddStatements(ctx context.Context, response *graphql.Response) {
	if !g.config.Dev {
		return
	}
	statements := store.StatementCounterFrom(ctx)
	addExtension(response, "sql", map[string]any{
		"statements": statements.Count(), "milliseconds": milliseconds(statements.Elapsed()),
	})
}

func addExtension(response *graphql.Response, name string, value any) {
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions[name] = value
}
