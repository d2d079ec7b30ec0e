package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/graph"
)

// A rule of the schema returns what breaks it: schema coordinates, each with the reason.
type rule func(*ast.Schema) []violation

// A violation is a place in the schema that breaks a rule.
type violation struct {
	coordinate string // as in GraphQL's "Schema Coordinates": Task, Task.title, Store.tasks(first:)
	reason     string
}

// lintRules are the conventions of the schema that a program can check, by name.
func lintRules() map[string]rule {
	return map[string]rule{
		"descriptions":      lintDescriptions,
		"banned-phrases":    lintBannedPhrases,
		"permissions":       lintPermissions,
		"growing-enums":     lintGrowingEnums,
		"deprecations":      lintDeprecations,
		"specified-scalars": lintScalars,
		"input-names":       lintInputNames,
		"mutations":         lintMutations,
		"payloads":          lintPayloads,
		"bulk-payloads":     lintBulkPayloads,
		"edits":             lintEdits,
		"omitted-and-null":  lintOmittedAndNull,
		"connections":       lintConnections,
		"orders":            lintOrders,
		"counts":            lintCounts,
		"booleans":          lintBooleans,
		"spelling":          lintSpelling,
		"same-types":        lintSameTypes,
		"nullability":       lintNullability,
		"timestamps":        lintTimestamps,
	}
}

// exceptions are the places that may break a rule, each with the reason.
func exceptions() map[string]map[string]string {
	return map[string]map[string]string{
		"mutations": {
			"Mutation.signOut": "it has nothing to take: the access token names the session",
		},
		"edits": {
			"AdjustStockInput.expectedVersion":         "a difference adds up in any order",
			"AddPartnerSecretInput.expectedVersion":    "it adds a secret and leaves the partner as it is",
			"RevokePartnerSecretInput.expectedVersion": "a secret has no versions: it is valid, then revoked",
		},
		"booleans": {
			"Changes.resyncRequired": "the clients' contract calls it so",
		},
		"counts": {
			"Lot.quantity":                    "a quantity in the product's unit",
			"Kpis.tasksCompleted":             "the clients' contract calls it so",
			"KpisDay.tasksCompleted":          "the clients' contract calls it so",
			"SystemComponent.restarts":        "the clients' contract calls it so",
			"SystemQueue.available":           "the clients' contract calls it so",
			"SystemQueue.retryable":           "the clients' contract calls it so",
			"SystemQueue.running":             "the clients' contract calls it so",
			"SystemSubscriptions.active":      "the clients' contract calls it so",
			"SystemSubscriptions.connections": "the clients' contract calls it so",
		},
		"same-types": {
			"Task.steps": "a task's steps can be checked off, a template's cannot",
		},
	}
}

func TestSchemaFollowsTheConventions(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for _, name := range slices.Sorted(maps.Keys(lintRules())) {
		allowed, broken := exceptions()[name], map[string]bool{}
		for _, v := range lintRules()[name](schema) {
			broken[v.coordinate] = true
			if _, ok := allowed[v.coordinate]; !ok {
				t.Errorf("%s %s: %s", name, v.coordinate, v.reason)
			}
		}
		for coordinate := range allowed {
			if !broken[coordinate] {
				t.Errorf("%s %s follows the rule: remove the exception", name, coordinate)
			}
		}
	}
}

// eachField returns the fields of all types of the schema, except those of introspection, by coordinate.
func eachField(schema *ast.Schema, kinds ...ast.DefinitionKind) func(yield func(*ast.Definition, *ast.FieldDefinition) bool) {
	return func(yield func(*ast.Definition, *ast.FieldDefinition) bool) {
		for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
			definition := schema.Types[name]
			if definition.BuiltIn || !slices.Contains(kinds, definition.Kind) {
				continue
			}
			for _, field := range definition.Fields {
				if !strings.HasPrefix(field.Name, "__") && !yield(definition, field) {
					return
				}
			}
		}
	}
}

// eachType returns the types that are not built in.
func eachType(schema *ast.Schema, kinds ...ast.DefinitionKind) []*ast.Definition {
	var list []*ast.Definition
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		if definition := schema.Types[name]; !definition.BuiltIn && slices.Contains(kinds, definition.Kind) {
			list = append(list, definition)
		}
	}
	return list
}

func fieldCoordinate(d *ast.Definition, f *ast.FieldDefinition) string { return d.Name + "." + f.Name }

func argumentCoordinate(d *ast.Definition, f *ast.FieldDefinition, a *ast.ArgumentDefinition) string {
	return fmt.Sprintf("%s.%s(%s:)", d.Name, f.Name, a.Name)
}

func loadSchema(t *testing.T, text string) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: text})
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return schema
}

// Each rule finds what is wrong, and nothing in a schema that is right.
func TestRulesOfTheSchemaFindWhatBreaksThem(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for _, c := range []struct{ rule, schema, want string }{
		{"descriptions", `"""A thing."""type T { a: Int "no capital." b: Int "No end" c: Int "Good." d("Good." x: Int, y: Int): Int }`, "T.a, T.b, T.c, T.d(y:)"},
		{"banned-phrases", `type T { "What comes of it." a: Int "Good." b: Int }`, "T.a"},
		{"permissions", `type T @can(permission: TASKS_READ) { a: Int } "Requires ` + "`TASKS_READ`" + `." type U @can(permission: TASKS_READ) {
			a: Int @can(permission: STOCK_READ) "Requires ` + "`STOCK_READ`" + `." b: Int @can(permission: STOCK_READ) "Requires ` + "`STAFF_READ`" + `." c: Int }`, "T, U.a, U.c"},
		{"growing-enums", `enum E { A } "New values may be added." enum F { A } type T { e: E f: F } enum OnlyInput { A } input I { o: OnlyInput }`, "E"},
		{"deprecations", `type T { a: Int @deprecated b: Int @deprecated(reason: "Use ` + "`c`" + `. Will be removed on 2027-01-31.") c: Int @deprecated(reason: "Use b.") }`, "T.a, T.c"},
		{"specified-scalars", `scalar A scalar B @specifiedBy(url: "https://example.com/b")`, "A"},
		{"input-names", `input NewThing { a: Int } input ThingInput { a: Int } input ThingFilter { a: Int } input ThingLookup { a: Int } input ALookup @oneOf { a: Int b: Int }`, "NewThing, ThingLookup"},
		{"mutations", `type Mutation { a(input: AInput!): APayload b(input: AInput!): BPayload c(input: CInput!): CPayload! d(x: Int, input: DInput!): DPayload }
			input AInput { idempotencyKey: String } input BInput { idempotencyKey: String } input CInput { idempotencyKey: String }
			input DInput { idempotencyKey: String } type APayload { a: Int } type BPayload { a: Int } type CPayload { a: Int } type DPayload { a: Int }`, "Mutation.b, Mutation.c, Mutation.d"},
		{"payloads", `type Mutation { a: APayload b: BPayload c: Thing } type APayload { userErrors: [UserError!]! } type BPayload { userErrors: [UserError!] }
			type Thing { userErrors: [UserError!]! } type UserError { a: Int }`, "BPayload, Mutation.c"},
		{"bulk-payloads", `type Mutation { a(input: AInput!): APayload b(input: BInput!): BPayload } input RowInput { a: Int } input AInput { rows: [RowInput!]! }
			input BInput { rows: [RowInput!]! } type APayload { rejected: [RejectedRow!]! } type BPayload { a: Int } type RejectedRow { a: Int }`, "BPayload"},
		{"edits", `type Mutation { changeThing(input: ChangeThingInput!): ChangeThingPayload addThing(input: AddThingInput!): AddThingPayload
			change(input: ChangeInput!): ChangePayload } type Thing { version: Int! } type ChangeThingPayload { thing: Thing } type AddThingPayload { thing: Thing }
			type ChangePayload { thing: Thing } input ChangeThingInput { thingId: ID! expectedVersion: Int idempotencyKey: String }
			input AddThingInput { parentId: ID! idempotencyKey: String } input ChangeInput { thingId: ID! }`, "ChangeInput.expectedVersion, ChangeInput.idempotencyKey"},
		{"omitted-and-null", `"Omitted fields keep their values." input UpdateAInput { aId: ID! x: Int "Null clears it." y: Int @goField(omittable: true) z: Int @goField(omittable: true) }
			input UpdateBInput { "Null clears it." y: Int @goField(omittable: true) expectedVersion: Int idempotencyKey: String }`, "UpdateAInput.x, UpdateAInput.z, UpdateBInput"},
		{"connections", `type Query { a(first: Int = 50, after: String, filter: AFilter, orderBy: AOrder): AConnection b(after: String, first: Int = 50): AConnection
			c(first: Int, after: String): AConnection d(first: Int = 50, after: String, search: String): AConnection } type AConnection { a: Int } input AFilter { a: Int }
			enum AOrder { A_ASC A_DESC }`, "Query.b, Query.c, Query.d"},
		{"orders", `type Query { a(orderBy: AOrder): Int b(orderBy: BOrder): Int } enum AOrder { A_ASC A_DESC } enum BOrder { A B_ASC }`, "BOrder.A, BOrder.B_ASC"},
		{"counts", `type T { "The number of things." thingCount: Int! "The number of things." things: Int! "How many of them." many: Int "The size." count: Int }`, "T.many, T.things"},
		{"booleans", `type T { isGood: Boolean has: Boolean hasIt(good: Boolean, canIt: Boolean): Boolean } input I { good: Boolean island: Boolean isIt: Boolean }`, "I.good, I.island, T.has, T.hasIt(good:)"},
		{"spelling", `enum E { CANCELED CANCELLED } type T { canceledAt: Int url_name: Int storeID: Int }`, "E.CANCELED, T.canceledAt, T.storeID, T.url_name"},
		{"same-types", `interface I { a: Int } enum E { A } enum F { A } type A implements I { a: Int x: Int y: [Int] e: E } type B implements I { a: Int x: Int! y: [Int] e: F } union U = A | C type C { y: Int }`, "A.x, A.y"},
		{"nullability", `type Query { a: Int! b: Int } type P @can(permission: TASKS_READ) { a: Int! @can(permission: STOCK_READ) b: Int! @can(permission: TASKS_READ) c: S!
			d: S e: Int! @goField(batch: true) f: [S!]! } type S @can(permission: STOCK_READ) { a: Int! }
			type SConnection @can(permission: STOCK_READ) { edges: [SEdge!]! } type SEdge { node: S! }`, "P.a, P.c, P.e, P.f, Query.a"},
		{"timestamps", `interface Node { id: ID! } type A implements Node { id: ID! version: Int! createdAt: DateTime! updatedAt: DateTime } type B implements Node { id: ID! createdAt: DateTime! } scalar DateTime`, "A.updatedAt"},
	} {
		covered[c.rule] = true
		schema := loadSchema(t, c.schema+`
			directive @can(permission: Permission!) on FIELD_DEFINITION | OBJECT
			directive @goField(omittable: Boolean, batch: Boolean) on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
			enum Permission { TASKS_READ STOCK_READ STAFF_READ }`)

		var got []string
		for _, v := range lintRules()[c.rule](schema) {
			if !strings.HasPrefix(v.coordinate, "Permission") {
				got = append(got, v.coordinate)
			}
		}

		slices.Sort(got)
		if list := strings.Join(slices.Compact(got), ", "); list != c.want {
			t.Errorf("%s finds %s, want %s", c.rule, list, c.want)
		}
	}
	for name := range lintRules() {
		if !covered[name] {
			t.Errorf("no test shows what the rule %s finds", name)
		}
	}
}
