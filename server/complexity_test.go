package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"aisle/auth"
	"aisle/gateway/limits"
	"aisle/operations"
	aisle "aisle/resolvers"
	"aisle/store/redis"
)

// withViewerRate sets the rate limits of viewers and of addresses.
func withViewerRate(perSecond int) func(*config) {
	return func(c *config) {
		c.RateLimiter = redis.NewLocalRateLimiter(time.Now)
		c.Limits.ViewerRate, c.Limits.AddressRate = perSecond, perSecond
	}
}

// rateLimit is the rate limit in the extensions of a response.
type rateLimit struct {
	Cost int `json:"cost"`
}

func (a reply) rateLimit(t *testing.T) rateLimit {
	t.Helper()
	var limit struct {
		Extensions struct {
			RateLimit rateLimit `json:"rateLimit"`
		} `json:"extensions"`
	}
	if err := json.Unmarshal([]byte(a.body), &limit); err != nil {
		t.Fatal(err)
	}
	return limit.Extensions.RateLimit
}

func TestAListMultipliesTheComplexityBelowIt(t *testing.T) {
	srv := newTestServer(t, nil, withViewerRate(1_000_000))
	for name, c := range map[string]struct {
		document  string
		variables map[string]any
		cost      int
	}{
		"a field":                    {"{ hello }", nil, 1},
		"two fields":                 {"{ hello who }", nil, 2},
		"a name of a type":           {"{ __typename }", nil, 1},
		"the schema":                 {"{ __schema { types { name fields { name } } } }", nil, 1000},
		"below":                      {"{ self { hello who } }", nil, 3},
		"a page":                     {"{ items(first: 3) { total edges { node { name } } } }", nil, 1 + 3*(1+1+1+1)},
		"a page without a size":      {"{ items { total } }", nil, 1 + 50},
		"a page from the end":        {"{ items(last: 7) { total } }", nil, 1 + 7},
		"a variable":                 {"query($n: Int) { items(first: $n) { total } }", map[string]any{"n": 9}, 1 + 9},
		"a variable's default":       {"query($n: Int = 4) { items(first: $n) { total } }", nil, 1 + 4},
		"a variable that is missing": {"query($n: Int) { items(first: $n) { total } }", nil, 1 + 50},
		"a size that is none":        {"{ items(first: -3) { total } }", nil, 1 + 1},
		"a page in a page": {
			"{ items(first: 2) { edges { node { items(first: 3) { edges { node { name } } } } } } }", nil,
			1 + 2*(1+1+1+3*(1+1+1)),
		},
		"what was asked for by id":   {"{ these(ids: [1, 2, 3]) { name } }", nil, 1 + 3},
		"ids of a variable":          {"query($ids: [ID!]!) { these(ids: $ids) { name } }", map[string]any{"ids": []string{"a", "b"}}, 1 + 2},
		"a list that comes whole":    {"{ all { name } }", nil, 1 + 10},
		"a list in a list":           {"{ all { tags { name } } }", nil, 1 + 10*(1+10)},
		"a list of a thing in pages": {"{ items(first: 1) { edges { node { tags { name } } } } }", nil, 1 + 1*(1+1+1+10)},
		"a fragment twice":           {"{ a: self { ...F } b: self { ...F } } fragment F on Query { hello who }", nil, 6},
		"a fragment in a page and out of it": {
			"{ items(first: 2) { ...F } self { i: items(first: 3) { ...F } } } fragment F on Items { edges { node { name } } }", nil,
			1 + 2*3 + 1 + 1 + 3*3,
		},
		"what is skipped": {"{ hello @skip(if: true) who }", nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			got := srv.runWith(adminToken, legacy, c.document, c.variables)

			want := c.cost + len(bodyOf(c.document, c.variables))/10
			if limit := got.rateLimit(t); limit.Cost != want {
				t.Errorf("the cost is %d, want %d: %s", limit.Cost, want, got.body)
			}
		})
	}
}

func TestTenBytesOfARequestCostOne(t *testing.T) {
	srv := newTestServer(t, nil, withViewerRate(1000))

	got := srv.runWith(adminToken, legacy, "query($s: String) { hello(name: $s) }", map[string]any{"s": make([]byte, 3000)})

	if cost := got.rateLimit(t).Cost; cost != 1+407 { // encoded as base64
		t.Errorf("the cost is %d", cost)
	}
}

// Each operation of operations/ stays below half of each limit, with lists of the maximum length.
func TestOperationsOfTheClientsUseHalfOfEachLimitAtMost(t *testing.T) {
	schema := (&aisle.Resolver{}).Schema()
	let := errors.New("it was let in")
	srv := newTestServer(t, nil, func(c *config) {
		c.Schema = schema
		c.Prepare = func(context.Context, auth.Viewer) (context.Context, error) { return nil, let }
		c.Limits.Query = limits.Query{
			Document: 32 << 10, Tokens: 1000, Depth: 12, RootFields: 10, Fields: 1000, Repeats: 25, Aliases: 25, Directives: 25,
			Fragments: 25, Complexity: 125_000,
		}
	}, withViewerRate(1_000_000))
	for _, o := range operations.All() {
		t.Run(o.Client+"/"+o.Name, func(t *testing.T) {
			document, err := parser.ParseQuery(&ast.Source{Input: o.Document})
			if err != nil {
				t.Fatal(err)
			}
			variables := map[string]any{}
			for _, v := range document.Operations[0].VariableDefinitions {
				variables[v.Variable] = sample(schema.Schema(), v.Type)
			}

			got := srv.runWith(adminToken, legacy, o.Document, variables)

			switch code := got.onlyError(t).Extensions.Code; code {
			case "INTERNAL": // the limits passed; Prepare failed
			case "GRAPHQL_VALIDATION_FAILED": // the operation uses a newer schema
			default:
				t.Errorf("it is rejected: %s", got.body)
			}
			t.Logf("the cost is %d", got.rateLimit(t).Cost)
		})
	}
}

// sample returns a value of a type. Numbers are 100, the maximum length of a list.
func sample(schema *ast.Schema, typ *ast.Type) any {
	if typ.Elem != nil {
		return []any{sample(schema, typ.Elem)}
	}
	switch definition := schema.Types[typ.NamedType]; definition.Kind {
	case ast.Enum:
		return definition.EnumValues[0].Name
	case ast.InputObject:
		value := map[string]any{}
		for _, field := range definition.Fields {
			if field.Type.NonNull {
				value[field.Name] = sample(schema, field.Type)
			}
		}
		return value
	default:
		if typ.NamedType == "Int" {
			return 100
		}
		if typ.NamedType == "Boolean" {
			return true
		}
		return "2026-01-01"
	}
}
