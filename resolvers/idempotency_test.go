package resolvers_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"testing"
)

// A key protects one input: values that are equal in literals and in variables, in any order, with the same fields omitted.
func TestAKeyIsForOneInput(t *testing.T) {
	t.Parallel()
	const replayed, reused = "", "IDEMPOTENCY_KEY_REUSED"
	a := newAPI(t)
	submit := func(declared, literal string, variables vars) response {
		document := "mutation" + declared + " { submitFeedback(input: " + literal + ") { feedback { id } userErrors { code } } }"
		got := a.mustQuery(t, a.as("admin"), document, variables)
		got.Data, _ = got.at("submitFeedback").(map[string]any)
		return got
	}
	input := func(more vars) vars {
		fields := vars{"storeCode": "N1", "score": 9, "idempotencyKey": "k"}
		maps.Copy(fields, more)
		return vars{"input": fields}
	}
	const inVariable, score, comment = "($input: SubmitFeedbackInput!)", "($score: Int! = 9)", "($comment: String)"
	first := submit(inVariable, "$input", input(nil))
	if first.code() != "" {
		t.Fatalf("got %s", first.JSON)
	}
	for name, c := range map[string]struct {
		declared, literal string
		variables         vars
		want              string
	}{
		"the same variable":                  {inVariable, "$input", input(nil), replayed},
		"a number of JSON":                   {inVariable, "$input", input(vars{"score": json.Number("9")}), replayed},
		"literals":                           {"", `{storeCode: "N1", score: 9, idempotencyKey: "k"}`, nil, replayed},
		"literals in another order":          {"", `{idempotencyKey: "k", score: 9, storeCode: "N1"}`, nil, replayed},
		"a variable in a literal":            {score, `{storeCode: "N1", score: $score, idempotencyKey: "k"}`, vars{"score": json.Number("9")}, replayed},
		"a variable's default in a literal":  {score, `{storeCode: "N1", score: $score, idempotencyKey: "k"}`, nil, replayed},
		"an omitted variable in a literal":   {comment, `{storeCode: "N1", score: 9, comment: $comment, idempotencyKey: "k"}`, nil, replayed},
		"null in place of an omitted field":  {inVariable, "$input", input(vars{"comment": nil}), reused},
		"a literal null":                     {"", `{storeCode: "N1", score: 9, comment: null, idempotencyKey: "k"}`, nil, reused},
		"a variable that is null":            {comment, `{storeCode: "N1", score: 9, comment: $comment, idempotencyKey: "k"}`, vars{"comment": nil}, reused},
		"another value":                      {inVariable, "$input", input(vars{"score": 8}), reused},
		"another value in a literal":         {"", `{storeCode: "N1", score: 8, idempotencyKey: "k"}`, nil, reused},
		"an empty text for an omitted field": {inVariable, "$input", input(vars{"comment": ""}), reused},
		"a value that is not valid":          {inVariable, "$input", input(vars{"storeCode": "N9"}), reused},
	} {
		got := submit(c.declared, c.literal, c.variables)
		if got.code() != c.want || c.want == replayed && got.at("feedback.id") != first.at("feedback.id") {
			t.Errorf("%s: got %s, want %q of %s", name, got.JSON, c.want, first.JSON)
		}
	}
}

func TestAKeyIsForOneMutation(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	input := vars{"taskId": a.taskID("N1 task 0"), "idempotencyKey": "k"}
	a.sendOperation(t, a.as("supervisor.n1"), "mobile/StartTask.graphql", input)

	got := a.mutate(t, a.as("supervisor.n1"), mutation("cancelTask", ""), input)

	if got.code() != "IDEMPOTENCY_KEY_REUSED" {
		t.Errorf("got %s", got.JSON)
	}
}

// The stored hash must not help to guess a password.
func TestThePasswordIsNotPartOfTheStoredRequest(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	hash := func(key, password string) (hash []byte) {
		t.Helper()
		got := a.mutate(t, a.as("admin"), mutation("hireEmployee", ""), vars{
			"login": "new.one", "displayName": "New One", "role": "ADMIN", "password": password, "idempotencyKey": key,
		})
		row := a.pool.QueryRow(t.Context(), "SELECT input_hash FROM events.command WHERE actor_id = $1 AND key = $2", a.employee["admin"], key)
		if err := row.Scan(&hash); err != nil {
			t.Fatalf("%s: %v", got.JSON, err)
		}
		return hash
	}

	first := hash("k", "hush-hush-1")
	if _, err := a.pool.Exec(t.Context(), "DELETE FROM events.command"); err != nil {
		t.Fatal(err)
	}

	if second := hash("k", "hush-hush-2"); !bytes.Equal(second, first) {
		t.Errorf("the hash depends on the password: %x and %x", first, second)
	}
}
