package server_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	gqlparser "github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/graph"
)

const sdl = `
directive @public on FIELD_DEFINITION
input Greeting { name: String! title: String @deprecated shades: [Shade!] }
type Query {
  hello(name: String, times: Int, even: Even, greeting: Greeting): String @public
  who: String @public
  secret: String
  nullable(of: String): String
  required: String!
  shade(of: Shade): String @public
  self: Query @public
  old: String @public @deprecated
  aged(by: Int @deprecated): String @public
  items(first: Int = 50, last: Int): Items @public
  these(ids: [ID!]!): [Item] @public
  all: [Item!] @public
}
enum Shade { DARK LIGHT DIM @deprecated }
type Items { total: Int edges: [Edge!]! }
type Edge { node: Item! }
type Item { name: String items(first: Int): Items tags: [Item!] }
type Mutation { signIn: String @public }
type Subscription { ticks: String }
"An even number."
scalar Even
`

// resolvers are the resolvers of the schema above, by field. A missing one returns the name of the field, or null for an object.
type resolvers map[string]func(ctx context.Context, args map[string]any) (any, error)

// schema executes the fields of one level with the runtime of gqlgen, as generated code does.
type schema struct {
	parsed    *ast.Schema
	resolvers resolvers
}

func newSchema(fields resolvers) *schema {
	return &schema{gqlparser.MustLoadSchema(&ast.Source{Name: "test", Input: sdl}), fields}
}

func (s *schema) Schema() *ast.Schema { return s.parsed }

func (s *schema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (s *schema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		object := map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation", ast.Subscription: "Subscription"}
		var data bytes.Buffer
		s.object(ctx, operation, object[operation.Operation.Operation]).MarshalGQL(&data)
		if feed := graph.GetSubscriptionContext(ctx); feed != nil && feed.SourceStream != nil {
			return nil
		}
		return &graphql.Response{Data: data.Bytes()}
	}
}

func (s *schema) object(ctx context.Context, operation *graphql.OperationContext, object string) graphql.Marshaler {
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: object})
	fields := graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{object})
	out := graphql.NewFieldSet(fields)
	invalid := false
	for i, field := range fields {
		if field.Name == "__typename" {
			out.Values[i] = graphql.MarshalString(object)
			continue
		}
		required := field.Definition.Type.NonNull
		out.Concurrently(i, func(ctx context.Context) graphql.Marshaler {
			value := s.field(ctx, operation, object, field, required)
			if value == graphql.Null && required {
				invalid = true
			}
			return value
		})
	}
	out.Dispatch(ctx)
	if invalid {
		return graphql.Null
	}
	return out
}

func (s *schema) field(
	ctx context.Context, operation *graphql.OperationContext, object string, field graphql.CollectedField, required bool,
) graphql.Marshaler {
	return graphql.ResolveField(ctx, operation, field,
		func(ctx context.Context, field graphql.CollectedField) (*graphql.FieldContext, error) {
			fc := &graphql.FieldContext{Object: object, Field: field, IsResolver: true}
			ctx = graphql.WithFieldContext(ctx, fc)
			args, err := arguments(ctx, field.ArgumentMap(operation.Variables))
			if err != nil {
				operation.Error(ctx, err)
				return fc, err
			}
			fc.Args = args
			return fc, nil
		},
		func(ctx context.Context) (any, error) {
			resolve, ok := s.resolvers[field.Name]
			switch {
			case ok:
				return resolve(ctx, graphql.GetFieldContext(ctx).Args)
			case field.Name == "__type" && operation.DisableIntrospection:
				panic("the gate let it pass")
			case field.Name == "__type", s.parsed.Types[field.Definition.Type.Name()].Kind == ast.Object:
				return nil, nil
			default:
				return field.Name, nil
			}
		},
		nil,
		func(_ context.Context, _ ast.SelectionSet, value string) graphql.Marshaler {
			return graphql.MarshalString(value)
		},
		true, required)
}

func arguments(ctx context.Context, raw map[string]any) (map[string]any, error) {
	args := map[string]any{}
	for name := range raw {
		read := func(ctx context.Context, value any) (any, error) {
			if name != "even" {
				return value, nil
			}
			n, err := graphql.UnmarshalInt(value)
			if err == nil && n%2 != 0 {
				err = fmt.Errorf("%d is odd", n)
			}
			return n, graphql.ErrorOnPath(ctx, err)
		}
		arg, err := graphql.ProcessArgField(ctx, raw, name, read)
		if err != nil {
			return nil, err
		}
		args[name] = arg
	}
	return args, nil
}
