package graph_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"

	"aisle/graph"
)

func TestSensitiveVariablesAreThoseUsedAsSensitiveInputs(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for document, want := range map[string][]string{
		`mutation($l: String!, $p: String!) { signIn(input: {login: $l, password: $p}) { session { accessToken } } }`: {"p"},
		`mutation($in: SignInInput!) { signIn(input: $in) { session { accessToken } } }`:                              nil, // its fields are marked

		`mutation($a: String!, $b: String!) { ... { ...f } }
		 fragment f on Mutation { changePassword(input: {currentPassword: $a, newPassword: $b}) { endedSessionCount } }`: {"a", "b"},
		`query($id: ID!) { store(id: $id) { code } }`: nil,
	} {
		parsed, err := gqlparser.LoadQueryWithRules(schema, document, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Sorted(maps.Keys(graph.SensitiveVariables(parsed.Operations[0], schema)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", document, diff)
		}
	}
}
