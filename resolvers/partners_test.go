package resolvers_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"

	"aisle/auth"
	"aisle/sessions"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/partners"
)

const partnerSelection = "partner { id clientId scopes storeAccess stores { edges { node { code } } } status version secrets { id revokedAt } }"

// scopeValues returns the values of PartnerScope for a set of OAuth scopes.
func scopeValues(scopes string) []string {
	return strings.Fields(strings.ToUpper(strings.ReplaceAll(scopes, ":", "_")))
}

// codeAndPath returns the code and the path of the only user error, or an empty text without errors.
func codeAndPath(got response) string {
	path, _ := got.at("userErrors.0.field").([]any)
	return strings.TrimSuffix(got.code()+" "+strings.Trim(fmt.Sprint(path), "[]"), " ")
}

// createPartner creates a partner as the admin, with access to all stores unless the input says which.
func (a *api) createPartner(t *testing.T, input vars) response {
	t.Helper()
	if input["name"] == nil {
		input["name"] = "The ERP"
	}
	if input["storeAccess"] == nil {
		input["storeAccess"] = "ALL"
		if input["storeIds"] != nil {
			input["storeAccess"] = "SELECTED"
		}
	}
	return a.mutate(t, a.as("admin"), mutation("createPartner", partnerSelection+" clientSecret"), input)
}

// issueToken issues a token and returns its viewer.
func (a *api) issueToken(t *testing.T, id, secret any, scope string) (auth.Viewer, error) {
	t.Helper()
	tokens := sessions.ClientCredentials{
		Partners: partners.NewService(a.pool), Tokens: a.tokens, Throttle: a.resolver.Sessions.Throttle, Attempts: a.resolver.Sessions.Attempts,
	}
	_, token, err := tokens.IssueToken(t.Context(), fmt.Sprint(id), fmt.Sprint(secret), scope)
	if err != nil {
		return auth.Viewer{}, err
	}
	v, err := a.tokens.Verify(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return v, nil
}

// asPartner returns the viewer of a new partner with the scopes and the stores; no codes mean all stores.
func (a *api) asPartner(t *testing.T, scopes string, codes ...string) auth.Viewer {
	t.Helper()
	input := vars{"scopes": scopeValues(scopes)}
	if codes != nil {
		input["storeAccess"] = "SELECTED"
		var ids []any
		for _, code := range codes {
			ids = append(ids, a.storeID(code))
		}
		input["storeIds"] = ids
	}
	made := a.createPartner(t, input)
	v, err := a.issueToken(t, made.at("partner.clientId"), made.at("clientSecret"), "")
	if err != nil {
		t.Fatalf("%v: %s", err, made.JSON)
	}
	return v
}

func TestCreatePartnerReturnsTheSecretOnceAndStoresNone(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	input := vars{"scopes": []any{"PRICES_WRITE", "EVENTS_READ"}, "storeIds": []any{a.storeID("N1")}, "idempotencyKey": "k"}

	made := a.createPartner(t, input)
	again := a.createPartner(t, input)

	secret := fmt.Sprint(made.at("clientSecret"))
	if !strings.HasPrefix(secret, "aps_") || again.at("clientSecret") != nil || again.at("partner.id") != made.at("partner.id") {
		t.Fatalf("made %s, again %s", made.JSON, again.JSON)
	}
	if made.at("partner.stores.edges.0.node.code") != "N1" || made.at("partner.scopes.0") != "EVENTS_READ" || made.at("partner.version") != 1.0 {
		t.Errorf("made %s", made.JSON)
	}
	added := a.mutate(t, a.as("admin"), mutation("addPartnerSecret", "secret { id revokedAt } clientSecret"),
		vars{"partnerId": made.at("partner.id"), "idempotencyKey": "s"})
	repeated := a.mutate(t, a.as("admin"), mutation("addPartnerSecret", "secret { id } clientSecret"),
		vars{"partnerId": made.at("partner.id"), "idempotencyKey": "s"})
	if repeated.at("secret.id") != added.at("secret.id") || repeated.at("clientSecret") != nil {
		t.Errorf("added %s, again %s", added.JSON, repeated.JSON)
	}
	for _, text := range []string{secret, fmt.Sprint(added.at("clientSecret"))} {
		var count int
		err := a.pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM events.command WHERE answer::text LIKE '%' || $1 || '%')
			+ (SELECT count(*) FROM events.event WHERE data::text LIKE '%' || $1 || '%')
			+ (SELECT count(*) FROM events.command WHERE answer::text LIKE '%' || $2 || '%')`,
			text, base64.StdEncoding.EncodeToString(auth.HashPartnerSecret(text))).Scan(&count)
		if err != nil || count > 0 {
			t.Errorf("the secret is stored in %d places (%v)", count, err)
		}
	}
}

func TestSecretsAreRotatedWithoutAnOutage(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := a.createPartner(t, vars{"scopes": []any{"EVENTS_READ"}})
	client, first := made.at("partner.clientId"), made.at("clientSecret")
	add := func() response {
		return a.mutate(t, a.as("admin"), mutation("addPartnerSecret", "partner { id } secret { id } clientSecret"), vars{"partnerId": made.at("partner.id")})
	}
	good := func(secret any) bool {
		_, err := a.issueToken(t, client, secret, "")
		if err != nil && !errors.Is(err, auth.ErrInvalidClient) {
			t.Fatal(err)
		}
		return err == nil
	}

	second := add()
	if !good(first) || !good(second.at("clientSecret")) {
		t.Error("two secrets are not good at once")
	}
	if third := add(); third.at("secret") != nil || third.at("clientSecret") != nil || third.code() != "TOO_MANY" {
		t.Errorf("a third one: %s", third.JSON)
	}
	end := vars{"secretId": made.at("partner.secrets.0.id")}
	ended := a.mutate(t, a.as("admin"), mutation("revokePartnerSecret", "partner { id } secret { revokedAt }"), end)
	if ended.at("secret.revokedAt") == nil || ended.at("partner.id") != made.at("partner.id") || second.at("partner.id") != made.at("partner.id") || good(first) || !good(second.at("clientSecret")) {
		t.Errorf("the first has ended: %s", ended.JSON)
	}
	if third := add(); !good(third.at("clientSecret")) {
		t.Errorf("there is room again: %s", third.JSON)
	}
}

func TestInvalidPartnersAreRejected(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	partner := a.createPartner(t, vars{"scopes": []any{"EVENTS_READ"}, "storeIds": []any{a.storeID("N1")}}).at("partner.id")
	update := func(input vars) response {
		input["partnerId"] = partner
		return a.mutate(t, a.as("admin"), mutation("updatePartner", partnerSelection), input)
	}
	nowhere := store.GlobalID("store", store.NewID())
	for name, c := range map[string]struct {
		got  response
		want string
	}{
		"no scope":                    {a.createPartner(t, vars{"scopes": []any{}}), "REQUIRED scopes"},
		"no name":                     {a.createPartner(t, vars{"name": " ", "scopes": []any{"EVENTS_READ"}}), "REQUIRED name"},
		"no store of a list":          {a.createPartner(t, vars{"scopes": []any{"EVENTS_READ"}, "storeIds": []any{}}), "REQUIRED storeIds"},
		"an unknown store":            {a.createPartner(t, vars{"scopes": []any{"EVENTS_READ"}, "storeIds": []any{a.storeID("N1"), nowhere}}), "NOT_FOUND storeIds 1"},
		"too many stores":             {a.createPartner(t, vars{"scopes": []any{"EVENTS_READ"}, "storeIds": slices.Repeat([]any{nowhere}, 1001)}), "TOO_MANY storeIds"},
		"the catalog for some stores": {a.createPartner(t, vars{"scopes": []any{"CATALOG_WRITE"}, "storeIds": []any{a.storeID("N1")}}), "NOT_ALLOWED scopes"},
		"a list and all stores":       {a.createPartner(t, vars{"scopes": []any{"EVENTS_READ"}, "storeAccess": "ALL", "storeIds": []any{a.storeID("N1")}}), "INVALID storeIds"},
		"the catalog for it":          {update(vars{"scopes": []any{"CATALOG_WRITE"}}), "NOT_ALLOWED scopes"},
		"a list and all":              {update(vars{"storeAccess": "ALL", "storeIds": []any{a.storeID("N1")}}), "INVALID storeIds"},
		"null for a name":             {update(vars{"name": nil}), "REQUIRED name"},
		"null for scopes":             {update(vars{"scopes": nil}), "REQUIRED scopes"},
		"null for stores":             {update(vars{"storeIds": nil}), "REQUIRED storeIds"},
		"null for the access":         {update(vars{"storeAccess": nil}), "REQUIRED storeAccess"},
		"null for the status":         {update(vars{"status": nil}), "REQUIRED status"},
		"an old version":              {update(vars{"name": "x", "expectedVersion": 7}), "VERSION_CONFLICT expectedVersion"},
		"an unknown secret":           {a.mutate(t, a.as("admin"), mutation("revokePartnerSecret", ""), vars{"secretId": store.GlobalID("secret", uuid.Max)}), "NOT_FOUND secretId"},
		"a secret of an unknown partner": {
			a.mutate(t, a.as("admin"), mutation("addPartnerSecret", ""), vars{"partnerId": store.GlobalID("partner", uuid.Max)}), "NOT_FOUND partnerId",
		},
	} {
		if got := codeAndPath(c.got); got != c.want {
			t.Errorf("%s: %s, want %s: %s", name, got, c.want, c.got.JSON)
		}
	}
	changed := update(vars{"storeAccess": "ALL", "scopes": []any{"CATALOG_WRITE"}, "expectedVersion": 1})
	if changed.at("partner.storeAccess") != "ALL" || changed.at("partner.version") != 2.0 {
		t.Errorf("changed %s", changed.JSON)
	}
}

func TestOmittedFieldsOfAPartnerKeepTheirValues(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	partner := a.createPartner(t, vars{"scopes": []any{"EVENTS_READ"}, "storeIds": []any{a.storeID("N1")}}).at("partner.id")
	for _, step := range []struct {
		change vars
		want   string
	}{
		{vars{"name": "Another"}, `{"name":"Another","scopes":["EVENTS_READ"],"storeAccess":"SELECTED","stores":{"edges":[{"node":{"code":"N1"}}]},"status":"ACTIVE"}`},
		{vars{"storeAccess": "SELECTED"}, `{"name":"Another","scopes":["EVENTS_READ"],"storeAccess":"SELECTED","stores":{"edges":[{"node":{"code":"N1"}}]},"status":"ACTIVE"}`},
		{vars{"storeIds": []any{a.storeID("N2")}}, `{"name":"Another","scopes":["EVENTS_READ"],"storeAccess":"SELECTED","stores":{"edges":[{"node":{"code":"N2"}}]},"status":"ACTIVE"}`},
		{vars{"status": "INACTIVE"}, `{"name":"Another","scopes":["EVENTS_READ"],"storeAccess":"SELECTED","stores":{"edges":[{"node":{"code":"N2"}}]},"status":"INACTIVE"}`},
		{vars{"storeAccess": "ALL"}, `{"name":"Another","scopes":["EVENTS_READ"],"storeAccess":"ALL","stores":{"edges":[{"node":{"code":"N1"}},{"node":{"code":"N2"}},{"node":{"code":"S1"}}]},"status":"INACTIVE"}`},
		{vars{"scopes": []any{"STAFF_READ", "CATALOG_READ"}}, `{"name":"Another","scopes":["CATALOG_READ","STAFF_READ"],"storeAccess":"ALL","stores":{"edges":[{"node":{"code":"N1"}},{"node":{"code":"N2"}},{"node":{"code":"S1"}}]},"status":"INACTIVE"}`},
	} {
		step.change["partnerId"] = partner

		got := a.mutate(t, a.as("admin"), mutation("updatePartner", "partner { name scopes storeAccess stores { edges { node { code } } } status }"), step.change)

		if want := `{"updatePartner":{"partner":` + step.want + `,"userErrors":[]}}`; got.JSON != want {
			t.Errorf("%v: got %s, want %s", step.change, got.JSON, want)
		}
	}
	list := vars{"partnerId": partner, "storeIds": []any{a.storeID("N1")}}
	if got := a.mutate(t, a.as("admin"), mutation("updatePartner", ""), list); codeAndPath(got) != "INVALID storeIds" {
		t.Errorf("a list for all stores: %s", got.JSON)
	}
}

func TestStoresOfAPartnerAreAListWithPagesAndFilters(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	all := a.createPartner(t, vars{"scopes": []any{"EVENTS_READ"}}).at("partner.id")
	some := a.createPartner(t, vars{"scopes": []any{"EVENTS_READ"}, "storeIds": []any{a.storeID("S1"), a.storeID("N2")}}).at("partner.id")
	const document = `query($all: ID!, $some: ID!, $first: Int, $after: String, $filter: StoreFilter) {
		all: partner(id: $all) { stores(first: $first, after: $after, filter: $filter) { ...f } }
		some: partner(id: $some) { stores(first: $first, after: $after, filter: $filter) { ...f } } }
		fragment f on StoreConnection { totalCount pageInfo { hasNextPage endCursor } edges { node { code } } }`
	list := func(got response, name string) string {
		var codes []string
		edges, _ := got.at(name + ".stores.edges").([]any)
		for _, edge := range edges {
			codes = append(codes, fmt.Sprint(member(member(edge, "node"), "code")))
		}
		return fmt.Sprintf("%v %s %v", got.at(name+".stores.totalCount"), strings.Join(codes, " "), got.at(name+".stores.pageInfo.hasNextPage"))
	}
	read := func(in vars) response {
		in["all"], in["some"] = all, some
		return a.mustQuery(t, a.as("admin"), document, in)
	}

	first := read(vars{"first": 1})
	rest := read(vars{"first": 5, "after": first.at("some.stores.pageInfo.endCursor")})
	found := read(vars{"filter": vars{"search": "n"}})
	none := read(vars{"filter": vars{"status": []any{"CLOSED"}}})

	for _, c := range []struct {
		got       response
		all, some string
	}{
		{first, "3 N1 true", "2 N2 true"},
		{rest, "3 S1 false", "2 S1 false"},
		{none, "0  false", "0  false"},
	} {
		if all, some := list(c.got, "all"), list(c.got, "some"); all != c.all || some != c.some {
			t.Errorf("got %s and %s, want %s and %s", all, some, c.all, c.some)
		}
	}
	if all, some := list(found, "all"), list(found, "some"); !strings.Contains(all, "N1 N2") || !strings.Contains(some, "N2") || strings.Contains(some, "N1") {
		t.Errorf("found %s and %s", all, some)
	}
}

func TestPartnersAreFilteredByStatusNameAndClient(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	ids := map[string]any{}
	for _, name := range []string{"Alpha", "Beta", "Gamma 100%"} {
		ids[name] = a.createPartner(t, vars{"name": name, "scopes": []any{"EVENTS_READ"}}).at("partner.id")
	}
	a.mutate(t, a.as("admin"), mutation("updatePartner", ""), vars{"partnerId": ids["Beta"], "status": "INACTIVE"})
	for _, c := range []struct {
		filter vars
		want   string
	}{
		{vars{}, "3 Alpha, Beta, Gamma 100%"},
		{vars{"status": []any{"ACTIVE"}}, "2 Alpha, Gamma 100%"},
		{vars{"status": []any{"INACTIVE"}}, "1 Beta"},
		{vars{"status": []any{"ACTIVE", "INACTIVE"}}, "3 Alpha, Beta, Gamma 100%"},
		{vars{"search": "aLP"}, "1 Alpha"},
		{vars{"search": "0%"}, "1 Gamma 100%"},
		{vars{"search": ids["Beta"]}, "1 Beta"}, // its client id
		{vars{"search": "a", "status": []any{"INACTIVE"}}, "1 Beta"},
		{vars{"search": "Delta"}, "0 "},
	} {
		got := a.mustQuery(t, a.as("admin"), `query($f: PartnerFilter) { partners(filter: $f) { totalCount edges { node { name } } } }`, vars{"f": c.filter})

		var names []string
		edges, _ := got.at("partners.edges").([]any)
		for _, edge := range edges {
			names = append(names, fmt.Sprint(member(member(edge, "node"), "name")))
		}
		if list := fmt.Sprintf("%v %s", got.at("partners.totalCount"), strings.Join(names, ", ")); list != c.want {
			t.Errorf("%v: got %s, want %s", c.filter, list, c.want)
		}
	}
}

func TestOnlySystemManagersReadPartners(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, name := range []string{"B", "A", "C"} {
		a.createPartner(t, vars{"name": name, "scopes": []any{"EVENTS_READ"}, "storeIds": []any{a.storeID("N1"), a.storeID("S1")}})
	}
	list := `query($first: Int, $after: String) { partners(first: $first, after: $after) {
		totalCount pageInfo { endCursor hasNextPage } edges { node { id name stores { totalCount edges { node { code } } } secrets { id } } } } }`

	page := a.mustQuery(t, a.as("admin"), list, vars{"first": 2})
	rest := a.mustQuery(t, a.as("admin"), list, vars{"first": 2, "after": page.at("partners.pageInfo.endCursor")})

	if page.at("partners.totalCount") != 3.0 || page.at("partners.edges.0.node.name") != "A" || page.at("partners.edges.1.node.name") != "B" ||
		rest.at("partners.edges.0.node.name") != "C" || rest.at("partners.pageInfo.hasNextPage") != false {
		t.Errorf("got %s, then %s", page.JSON, rest.JSON)
	}
	if page.Statements != 5 { // the page, the count, the stores, their number, the secrets
		t.Errorf("%d statements", page.Statements)
	}
	id := page.at("partners.edges.0.node.id")
	if got := a.mustQuery(t, a.as("admin"), `query($id: ID!) { partner(id: $id) { name } node(id: $id) { id } }`, vars{"id": id}); got.at("partner.name") != "A" || got.at("node.id") != id {
		t.Errorf("by id: %s", got.JSON)
	}
	for _, v := range []auth.Viewer{a.as("region.n"), a.asPartner(t, string(auth.FullPartnerScopes()))} {
		if got := a.query(t, v, `{ partners { totalCount } }`, nil); len(got.Errors) != 1 || !strings.Contains(got.Errors[0], "SYSTEM_MANAGE") {
			t.Errorf("%s: %v %s", v.Role, got.Errors, got.JSON)
		}
		if got := a.mustQuery(t, v, `query($id: ID!) { node(id: $id) { id } }`, vars{"id": id}); got.at("node") != nil {
			t.Errorf("%s: %s", v.Role, got.JSON)
		}
	}
}

func TestViewerOfAPartnerHasThePermissionsOfItsScopes(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	v := a.asPartner(t, "prices:write staff:read", "N1")

	got := a.mustQuery(t, v, `{ viewer { id displayName role permissions sessions { id } employee { id } partner { id name } } }`, nil)

	want := fmt.Sprintf(`{"viewer":{"id":%q,"displayName":"The ERP","role":null,"permissions":["PRICES_WRITE","STAFF_READ"],`+
		`"sessions":null,"employee":null,"partner":{"id":%q,"name":"The ERP"}}}`,
		store.GlobalID("viewer", v.PartnerID), store.GlobalID("partner", v.PartnerID))
	if got.JSON != want {
		t.Errorf("got %s, want %s", got.JSON, want)
	}
}

func TestTokenHasTheRequestedScopes(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := a.createPartner(t, vars{"scopes": []any{"PRICES_WRITE", "EVENTS_READ"}})
	client, secret := made.at("partner.clientId"), made.at("clientSecret")
	for scope, want := range map[string]auth.PartnerScopes{
		"": "events:read prices:write", "prices:write": "prices:write", "prices:write events:read": "events:read prices:write",
	} {
		if v, err := a.issueToken(t, client, secret, scope); err != nil || v.Scopes != want {
			t.Errorf("%q: %q, %v", scope, v.Scopes, err)
		}
	}
	for _, scope := range []string{"staff:read", "events:read staff:read", "nothing"} {
		if _, err := a.issueToken(t, client, secret, scope); !errors.Is(err, auth.ErrInvalidScope) {
			t.Errorf("%q: %v", scope, err)
		}
	}
	for _, id := range []any{"", "nobody", "a\x00b", "\xff"} {
		if _, err := a.issueToken(t, id, secret, ""); !errors.Is(err, auth.ErrInvalidClient) {
			t.Errorf("client %q: %v", id, err)
		}
	}
}

// A token holds the access at its issue. Each request checks the current access.
func TestDeactivationOrFewerScopesRevokeAPartnersTokens(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]vars{"off": {"status": "INACTIVE"}, "fewer scopes": {"scopes": []any{"PRICES_WRITE"}}} {
		a := newAPI(t)
		v := a.asPartner(t, "events:read prices:write")
		if got := a.mustQuery(t, v, `{ stores { totalCount } }`, nil); got.at("stores.totalCount") != 3.0 {
			t.Errorf("%s: before: %s", name, got.JSON)
		}
		change["partnerId"] = store.GlobalID("partner", v.PartnerID)

		a.mutate(t, a.as("admin"), mutation("updatePartner", partnerSelection), change)

		if _, err := a.resolver.PrepareRequest(t.Context(), v); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInactivePartnerGetsNoToken(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := a.createPartner(t, vars{"scopes": []any{"EVENTS_READ"}})
	toggle := func(active bool) {
		a.mutate(t, a.as("admin"), mutation("updatePartner", partnerSelection), vars{"partnerId": made.at("partner.id"), "status": status(active)})
	}

	toggle(false)
	if _, err := a.issueToken(t, made.at("partner.clientId"), made.at("clientSecret"), ""); !errors.Is(err, auth.ErrInvalidClient) {
		t.Errorf("off: %v", err)
	}
	toggle(true)
	if _, err := a.issueToken(t, made.at("partner.clientId"), made.at("clientSecret"), ""); err != nil {
		t.Errorf("on again: %v", err)
	}
}

func TestErrorNamesThePermissionThatAPartnerLacks(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	follow := `query($id: ID!) { changes(storeId: $id, after: "") { cursor } }`
	for document, c := range map[string]struct{ scopes, permission string }{
		operation(t, "partner/UpsertProducts.graphql"): {"prices:write", "CATALOG_WRITE"},
		operation(t, "partner/SetPrices.graphql"):      {"events:read", "PRICES_WRITE"},
		operation(t, "partner/RecordStock.graphql"):    {"events:read", "STOCK_RECORD"},
		operation(t, "partner/SubmitFeedback.graphql"): {"events:read", "FEEDBACK_WRITE"},
		follow:                         {"feedback:write", "EVENTS_READ"},
		`{ employees { totalCount } }`: {"events:read", "STAFF_READ"},
		`{ tasks(first: 1) { edges { node { assignee { login } } } } }`: {"events:read", "STAFF_READ"},
	} {
		v := a.asPartner(t, c.scopes)
		input := vars{"id": a.storeID("N1")}
		if strings.Contains(document, "$input") {
			input = vars{"input": vars{"products": []any{}, "prices": []any{}, "movements": []any{}, "storeCode": "N1", "score": 9}}
			input = usedVariables(document, input)
		}

		got := a.query(t, v, document, input)

		if len(got.Errors) != 1 || !strings.Contains(got.Errors[0], c.permission) {
			t.Errorf("%.40s by %s: %v", document, c.scopes, got.Errors)
		}
	}
}

// usedVariables returns the fields of an input that the document uses.
func usedVariables(document string, all vars) vars {
	fields := map[string][]string{
		"UpsertProducts": {"products"}, "SetPrices": {"prices"}, "RecordStock": {"movements"}, "SubmitFeedback": {"storeCode", "score"},
	}
	input := vars{}
	for name, keep := range fields {
		if strings.Contains(document, "mutation "+name) {
			for _, field := range keep {
				input[field] = all["input"].(vars)[field] //nolint:errcheck // a wrong type fails the test as well
			}
		}
	}
	return vars{"input": input}
}

func TestStoresOutsideAPartnersListAreHidden(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	v := a.asPartner(t, "events:read feedback:write inventory:write prices:write staff:read", "N1")
	price := func(code string) vars {
		return vars{"storeCode": code, "sku": "100", "price": vars{"amount": "2.99", "currency": "USD"}}
	}
	movement := func(code string) vars {
		return vars{"storeCode": code, "sku": "100", "kind": "RECEIPT", "quantity": 3}
	}

	prices := a.sendOperation(t, v, "partner/SetPrices.graphql", vars{"prices": []any{price("N1"), price("N2"), price("nowhere")}})
	stock := a.sendOperation(t, v, "partner/RecordStock.graphql", vars{"movements": []any{movement("N1"), movement("S1")}})
	said := a.sendOperation(t, v, "partner/SubmitFeedback.graphql", vars{"storeCode": "S1", "score": 3})
	reads := a.mustQuery(t, v, `query($n2: ID!) { store(id: $n2) { code } node(id: $n2) { id } stores { totalCount }
		tasks { totalCount } employees { edges { node { login } } } }`, vars{"n2": a.storeID("N2")})

	if prices.at("updatedCount") != 1.0 || prices.rejected() != "1 NOT_FOUND, 2 NOT_FOUND" {
		t.Errorf("prices %s", prices.JSON)
	}
	if stock.at("recordedCount") != 1.0 || stock.rejected() != "1 NOT_FOUND" {
		t.Errorf("stock %s", stock.JSON)
	}
	if said.code() != "NOT_FOUND" {
		t.Errorf("feedback %s", said.JSON)
	}
	if reads.at("store") != nil || reads.at("node") != nil || reads.at("stores.totalCount") != 1.0 ||
		reads.at("tasks.totalCount") != float64(tasksPerStore) {
		t.Errorf("reads %s", reads.JSON)
	}
	people, _ := reads.at("employees.edges").([]any)
	for _, edge := range people {
		login, _ := member(member(edge, "node"), "login").(string)
		if !strings.HasSuffix(login, ".n1") {
			t.Errorf("it sees %s, who is not of its store", login)
		}
	}
}

// A partner reads back what it wrote, within its stores.
func TestPartnersReadTheStockAndPricesOfTheirStoresOnly(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	stock := func(code string) (id string) {
		err := a.pool.QueryRow(t.Context(), `SELECT id FROM inventory.stock WHERE store_id = $1 ORDER BY id LIMIT 1`, a.store[code]).Scan(&id)
		if err != nil {
			t.Fatal(err)
		}
		return store.GlobalID("stock", uuid.MustParse(id))
	}
	ids := vars{"n1": a.storeID("N1"), "n2": a.storeID("N2"), "s1": stock("N1"), "s2": stock("N2")}
	const read = `query($n1: ID!, $n2: ID!, $s1: ID!, $s2: ID!) {
		n1: store(id: $n1) { code stockLevels(first: 1) { edges { node { id onHand product { sku } } } } }
		n2: store(id: $n2) { code }
		stores { totalCount edges { node { code } } }
		s1: node(id: $s1) { id ... on Stock { store { code } } } s2: node(id: $s2) { id } }`

	got := a.mustQuery(t, a.asPartner(t, "inventory:write inventory:read", "N1"), read, ids)

	if got.at("n1.code") != "N1" || got.at("n1.stockLevels.edges.0.node.product.sku") == nil || got.at("n2") != nil ||
		got.at("stores.totalCount") != 1.0 || got.at("stores.edges.0.node.code") != "N1" ||
		got.at("s1.id") != ids["s1"] || got.at("s1.store.code") != "N1" || got.at("s2") != nil {
		t.Errorf("got %s", got.JSON)
	}
	const prices = `query($n1: ID!, $n2: ID!) {
		n1: store(id: $n1) { stockLevels(first: 1) { edges { node { product { sku } price { amount } } } } }
		n2: store(id: $n2) { code } }`
	for scopes, c := range map[string]struct{ document, lacks string }{
		"inventory:write": {read, "STORES_READ"}, "prices:write prices:read": {read, "STOCK_READ"},
		"inventory:read": {prices, "PRICES_READ"}, "stores:read": {`{ products { totalCount } }`, "CATALOG_READ"},
		"catalog:read": {`{ stores { totalCount } }`, "STORES_READ"},
	} {
		if got := a.query(t, a.asPartner(t, scopes), c.document, usedIn(c.document, ids)); len(got.Errors) != 1 || !strings.Contains(got.Errors[0], c.lacks) {
			t.Errorf("%s: %v, want %s", scopes, got.Errors, c.lacks)
		}
	}
	price := vars{"prices": []any{vars{"storeCode": "N1", "sku": got.at("n1.stockLevels.edges.0.node.product.sku"), "price": vars{"amount": "2.99", "currency": "USD"}}}}
	pricing := a.asPartner(t, "inventory:read prices:write prices:read", "N1")
	a.sendOperation(t, pricing, "partner/SetPrices.graphql", price)
	if got := a.mustQuery(t, pricing, prices, usedIn(prices, ids)); got.at("n1.stockLevels.edges.0.node.price.amount") != "2.99" || got.at("n2") != nil {
		t.Errorf("prices: %s", got.JSON)
	}
}

// usedIn returns the variables that a document declares.
func usedIn(document string, all vars) vars {
	used := vars{}
	for name, value := range all {
		if strings.Contains(document, "$"+name+":") {
			used[name] = value
		}
	}
	return used
}

func TestIdempotencyKeysArePerPartner(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	one, other := a.asPartner(t, "feedback:write"), a.asPartner(t, "feedback:write")
	say := vars{"storeCode": "N1", "score": 9, "idempotencyKey": "k"}

	first := a.sendOperation(t, one, "partner/SubmitFeedback.graphql", say)
	again := a.sendOperation(t, one, "partner/SubmitFeedback.graphql", say)
	others := a.sendOperation(t, other, "partner/SubmitFeedback.graphql", say)

	if again.JSON != first.JSON || others.at("feedback.id") == first.at("feedback.id") {
		t.Errorf("first %s, again %s, another partner's with the same key %s", first.JSON, again.JSON, others.JSON)
	}
	var actor uuid.UUID
	if err := a.pool.QueryRow(t.Context(), "SELECT actor_id FROM events.event ORDER BY xid, seq LIMIT 1").Scan(&actor); err != nil || actor != one.PartnerID {
		t.Errorf("the event's actor is %s, want %s (%v)", actor, one.PartnerID, err)
	}
}

func TestPartnersWithoutStaffReadReceiveNoEmployeeEvents(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	document := operation(t, "partner/PartnerEvents.graphql")
	without, errs := a.subscribe(t, a.asPartner(t, "events:read"), document, nil)
	if errs != nil {
		t.Fatal(errs)
	}
	with, errs := a.subscribe(t, a.asPartner(t, "events:read staff:read"), document, nil)
	if errs != nil {
		t.Fatal(errs)
	}
	listed, errs := a.subscribe(t, a.asPartner(t, "events:read staff:read", "N2"), document, nil)
	if errs != nil {
		t.Fatal(errs)
	}
	asking := a.asPartner(t, "events:read")

	a.mutate(t, a.as("manager.n1"), mutation("updateEmployee", "employee { id }"), vars{"employeeId": a.employeeID("associate.n1"), "displayName": "New"})
	a.sendOperation(t, a.as("associate.n1"), "mobile/StartTask.graphql", vars{"taskId": a.taskID("N1 task 0")})
	a.sendOperation(t, a.as("associate.n2"), "mobile/StartTask.graphql", vars{"taskId": a.taskID("N2 task 0")})

	if got := nextTypes(t, without, 2); !slices.Equal(got, []any{"TASK_STARTED", "TASK_STARTED"}) {
		t.Errorf("without the scope: %v", got)
	}
	if got := nextTypes(t, with, 3); !slices.Equal(got, []any{"EMPLOYEE_UPDATED", "TASK_STARTED", "TASK_STARTED"}) {
		t.Errorf("with it: %v", got)
	}
	if got := nextTypes(t, listed, 1); !slices.Equal(got, []any{"TASK_STARTED"}) {
		t.Errorf("of the store N2 alone: %v", got)
	}
	changes := a.changes(t, asking, `query($id: ID!, $after: String!) { changes(storeId: $id, after: $after) { events { type } } }`,
		vars{"id": a.storeID("N1"), "after": beginning}, 1)
	if changes.JSON != `{"changes":{"events":[{"type":"TASK_STARTED"}]}}` {
		t.Errorf("changes: %s", changes.JSON)
	}
}

// nextTypes returns the types of the next n events.
func nextTypes(t *testing.T, f *subscriber, n int) (types []any) {
	t.Helper()
	for len(types) < n {
		for _, e := range f.next(t) {
			types = append(types, e.at("events.type"))
		}
	}
	return types
}

func TestNobodyIsHiredAsAPartner(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	document := mutation("hireEmployee", "employee { id }")
	in := vars{"login": "robot", "displayName": "Robot", "role": "PARTNER", "storeId": a.storeID("N1"), "password": "hush-hush-1"}

	_, errs := a.executor.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: document, Variables: vars{"input": in}})

	if len(errs) != 1 || errs[0].Message != "PARTNER is not a valid Role" {
		t.Errorf("got %v", errs)
	}
}

func TestWrongSecretsAreThrottledEquallyForUnknownClients(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := a.createPartner(t, vars{"scopes": []string{"EVENTS_READ"}})
	for _, client := range []any{made.at("partner.clientId"), "nobody"} {
		for range 10 {
			if _, err := a.issueToken(t, client, "wrong", ""); !errors.Is(err, auth.ErrInvalidClient) {
				t.Fatalf("%v: %v, want %v", client, err, auth.ErrInvalidClient)
			}
		}
		if _, err := a.issueToken(t, client, "wrong", ""); !errors.As(err, new(*auth.ThrottledError)) {
			t.Errorf("%v: %v, want a *auth.ThrottledError", client, err)
		}
	}

	a.clock.advance(time.Minute)
	if _, err := a.issueToken(t, made.at("partner.clientId"), made.at("clientSecret"), ""); err != nil {
		t.Errorf("the right secret, after waiting: %v", err)
	}
}

// status returns the value of PartnerStatus.
func status(active bool) string {
	if active {
		return "ACTIVE"
	}
	return "INACTIVE"
}

func TestTokensOfAnInactivePartnerAreRejectedUntilReactivation(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := a.createPartner(t, vars{"scopes": []string{"EVENTS_READ"}})
	v, err := a.issueToken(t, made.at("partner.clientId"), made.at("clientSecret"), "")
	if err != nil {
		t.Fatal(err)
	}
	revoked := auth.NewRevocationList(a.clock.Now)
	follower := access.NewRevocationPoller(a.pool, revoked, slog.New(slog.DiscardHandler), a.clock.Now)
	for _, active := range []bool{false, true} {
		set := a.mutate(t, a.as("admin"), mutation("updatePartner", partnerSelection), vars{"partnerId": made.at("partner.id"), "status": status(active)})
		if set.at("partner.status") != status(active) {
			t.Fatalf("got %s", set.JSON)
		}

		if err := follower.Load(t.Context()); err != nil {
			t.Fatal(err)
		}

		if revoked.IsRevoked(v) == active {
			t.Errorf("active %v, and its token is refused: %v", active, revoked.IsRevoked(v))
		}
	}
}

func TestSubscriptionsOfAPartnerEndWhenItsAccessChanges(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	v := a.asPartner(t, "events:read", "N1", "N2")
	revoked := auth.NewRevocationList(a.clock.Now)
	follower := access.NewRevocationPoller(a.pool, revoked, slog.New(slog.DiscardHandler), a.clock.Now)
	ended := 0
	defer revoked.Watch(v, func() { ended++ })()
	id := store.GlobalID(partners.Prefix, v.PartnerID)
	for what, c := range map[string]struct {
		change vars
		ends   int
	}{
		"a name": {vars{"name": "Another"}, 0},
		"stores": {vars{"storeIds": []any{a.storeID("N1")}}, 1},
		"scopes": {vars{"scopes": []any{"EVENTS_READ", "STAFF_READ"}}, 1},
	} {
		ended = 0
		a.clock.advance(time.Second)
		c.change["partnerId"] = id
		a.mutate(t, a.as("admin"), mutation("updatePartner", partnerSelection), c.change)

		if err := follower.Load(t.Context()); err != nil {
			t.Fatal(err)
		}

		if ended != c.ends || revoked.IsRevoked(v) {
			t.Errorf("%s: ended %d times, and its tokens are refused: %v", what, ended, revoked.IsRevoked(v))
		}
	}
}

// A partner's scope excludes employees of the region and the head office, and so do its events.
func TestEventsShowPartnersOnlyEmployeesOfTheStore(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	const document = `subscription { events { store { region { code manager { login } } } ... on TaskEvent { comment { author { login } } } } }`
	shown := map[string]*subscriber{}
	for who, v := range map[string]auth.Viewer{
		"partner": a.asPartner(t, "events:read staff:read", "N1"), "associate": a.as("associate.n1"),
	} {
		f, errs := a.subscribe(t, v, document, nil)
		if errs != nil {
			t.Fatal(errs)
		}
		shown[who] = f
	}
	a.sendOperation(t, a.as("admin"), "mobile/AddComment.graphql", vars{"taskId": a.taskID("N1 task 0"), "body": "Done?"})

	partner, associate := shown["partner"].next(t)[0], shown["associate"].next(t)[0]

	if partner.at("events.store.region.manager") != nil || partner.at("events.comment.author") != nil ||
		partner.at("events.store.region.code") == nil {
		t.Errorf("to the partner: %s", partner.JSON)
	}
	if associate.at("events.store.region.manager") == nil || associate.at("events.comment.author.login") != "admin" {
		t.Errorf("to the associate: %s", associate.JSON)
	}
}
