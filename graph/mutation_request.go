package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// A MutationRequest is a root field of a mutation as the client sent it.
type MutationRequest struct {
	Name           string         // of the field in the schema
	IdempotencyKey *string        // of its input; nil for none
	Arguments      map[string]any // see RequestedMutation
}

// RequestedMutation returns the root field of a mutation that is being resolved.
//
// The arguments are those of the client after variables are replaced: what it omitted is absent, and what it sent as null is null.
// The arguments of two requests are equal if the client sent the same values, in literals or in variables. Sensitive values are absent.
func RequestedMutation(ctx context.Context) MutationRequest {
	field := graphql.GetFieldContext(ctx).Field
	sent := field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
	request := MutationRequest{Name: field.Name, Arguments: make(map[string]any, len(sent))}
	for _, argument := range field.Definition.Arguments {
		if value, ok := sent[argument.Name]; ok && !IsSensitive(argument.Directives) {
			request.Arguments[argument.Name] = canonicalInput(value, argument.Type)
		}
	}
	if input, ok := request.Arguments["input"].(map[string]any); ok {
		if key, ok := input["idempotencyKey"].(string); ok {
			request.IdempotencyKey = &key
		}
	}
	return request
}

// canonicalInput returns a value of an input type without sensitive fields. A number has one form, whichever way the client wrote it.
func canonicalInput(value any, of *ast.Type) any {
	switch v := value.(type) {
	case map[string]any:
		fields := make(map[string]any, len(v))
		for _, field := range parsedSchema.Types[of.Name()].Fields {
			if inner, ok := v[field.Name]; ok && !IsSensitive(field.Directives) {
				fields[field.Name] = canonicalInput(inner, field.Type)
			}
		}
		return fields
	case json.Number, float32, float64, int, int32, int64:
		if number, err := strconv.ParseFloat(fmt.Sprint(v), 64); err == nil {
			return number
		}
		return v
	}
	if list := reflect.ValueOf(value); list.Kind() == reflect.Slice {
		values := make([]any, list.Len())
		for i := range values {
			values[i] = canonicalInput(list.Index(i).Interface(), of)
		}
		return values
	}
	return value
}
