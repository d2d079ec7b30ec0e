package graph_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2"

	"aisle/auth"
	"aisle/graph"
)

func TestAuthorizeDeniesFieldsAndTypesWithoutPermission(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	associate := auth.Viewer{
		EmployeeID: uuid.Max, Role: auth.RoleAssociate, StoreID: uuid.NullUUID{UUID: uuid.Max, Valid: true},
	}
	nobody := auth.Viewer{EmployeeID: uuid.Max, Role: "NOTHING"} // signed in, and may do nothing
	for name, test := range map[string]struct {
		viewer   auth.Viewer
		document string
		what     string // that is denied; empty for nothing
	}{
		"what the role has":         {associate, `{ viewer { id store { tasks { totalCount } } } }`, ""},
		"a mutation":                {associate, `mutation { verifyTask(input: {taskId: "x"}) { userErrors { code } } }`, "verifyTask"},
		"a subscription":            {nobody, `subscription { events { id } }`, "events"},
		"below another thing":       {nobody, `{ viewer { id store { id } } }`, "Store"},
		"how many there are":        {nobody, `{ viewer { store { tasks { totalCount } } } }`, "Store"},
		"by its id":                 {nobody, `{ node(id: "x") { id ... on Task { title } } }`, "Task"},
		"by its id, not its fields": {nobody, `{ node(id: "x") { id } }`, ""},
		"in a fragment":             {nobody, `{ node(id: "x") { ...f } } fragment f on Employee { login }`, "Employee"},
		"in a fragment of one":      {nobody, `{ nodes(ids: []) { ...f } } fragment f on Node { ...g ...g } fragment g on Node { ... on Lot { id } }`, "Lot"},
		"at the root in a fragment": {nobody, `{ ... { ... on Query { stores { totalCount } } } }`, "stores"},
		"their own employee":        {nobody, `{ viewer { employee { id ...f } } } fragment f on Employee { login }`, ""},
		"a fragment of it elsewhere": {
			nobody, `{ viewer { employee { ...f } } node(id: "x") { ...f } } fragment f on Employee { login }`, "Employee",
		},
		"an edge of their employee": {nobody, `{ viewer { employee { store { id } } } }`, "Store"},
		"their own partner":         {nobody, `{ viewer { partner { id ... on Partner { name } } } }`, ""},
		"the secrets of it":         {nobody, `{ viewer { partner { secrets { id } } } }`, "PartnerSecret"},
		"what is skipped":           {nobody, `{ store(id: "x") @skip(if: true) { id } }`, "store"},
		"below what is public":      {auth.Viewer{}, `mutation { signIn(input: {login: "x", password: "x"}) { viewer { store { id } } } }`, ""},
	} {
		document, err := gqlparser.LoadQueryWithRules(schema, test.document, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := graph.Authorize(test.viewer, schema, document.Operations[0])
		denied := new(graph.DeniedError)
		errors.As(got, &denied)
		if denied.Name != test.what || errors.Is(got, auth.ErrForbidden) != (test.what != "") {
			t.Errorf("%s: %v, want %q to be denied", name, got, test.what)
		}
	}
}

func TestAuthorizeAllowsAnonymousViewersPublicFieldsOnly(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for document, want := range map[string]error{
		`{ __typename }`: nil,
		`mutation { refreshSession(input: {refreshToken: "x"}) { session { accessToken } } }`: nil,
		`{ viewer { id } }`:                            auth.ErrUnauthenticated,
		`{ node(id: "x") { id } }`:                     auth.ErrUnauthenticated,
		`mutation { signOut { userErrors { code } } }`: auth.ErrUnauthenticated,
	} {
		parsed, err := gqlparser.LoadQueryWithRules(schema, document, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := graph.Authorize(auth.Viewer{}, schema, parsed.Operations[0]); !errors.Is(got, want) {
			t.Errorf("%s: %v, want %v", document, got, want)
		}
	}
}
