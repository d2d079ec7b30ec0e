package gateway

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/graph"
	"aisle/store"
	"aisle/telemetry"
)

// isSlow reports whether the line of an operation describes its variables and statements. The threshold 0 is never.
func isSlow(threshold, elapsed time.Duration) bool { return threshold > 0 && elapsed >= threshold }

// slow describes a slow operation in the log. It contains no value that a client sent.
type slow struct {
	Variables  map[string]any  `json:"variables"` // kind and size of each
	Statements []slowStatement `json:"statements"`
}

// slowStatement is a statement of an operation.
type slowStatement struct {
	SQL      string  `json:"sql"`
	Times    int     `json:"times"`
	TookMS   float64 `json:"took_ms"`            // all of them together
	Together int     `json:"together,omitempty"` // size of the batch, which took that time as a whole; 0 outside of a batch
}

// How much of it is logged.
const (
	maxSlowStatements = 20
	maxSlowSQLLen     = 1000 // bytes
	maxSlowMembers    = 30   // of an object
	maxSlowDepth      = 4    // levels of objects and lists
)

func describeSlow(schema *ast.Schema, result *Result, statements *store.StatementCounter) slow {
	described := slow{Variables: map[string]any{}, Statements: summarize(statements.List())}
	if result.Operation != nil {
		described.Variables = describeVariables(schema, result.Operation)
	}
	return described
}

// summarize groups equal statements, the slowest group first.
func summarize(sent []store.Statement) []slowStatement {
	list := make([]slowStatement, 0, len(sent))
	places := map[string]int{}
	for _, one := range sent {
		i, known := places[one.SQL]
		if !known {
			i = len(list)
			places[one.SQL] = i
			list = append(list, slowStatement{SQL: onOneLine(one.SQL)})
		}
		list[i].Times++
		list[i].TookMS += milliseconds(one.Duration)
		if one.BatchSize > 1 {
			list[i].Together = one.BatchSize
		}
	}
	slices.SortStableFunc(list, func(a, b slowStatement) int { return int(b.TookMS*1000) - int(a.TookMS*1000) })
	return list[:min(len(list), maxSlowStatements)]
}

// onOneLine removes the line breaks of a statement, and cuts a long one.
func onOneLine(sql string) string {
	sql = strings.Join(strings.Fields(sql), " ")
	if len(sql) > maxSlowSQLLen {
		return strings.ToValidUTF8(sql[:maxSlowSQLLen], "") + "..."
	}
	return sql
}

// describeVariables describes the variables of an operation by name.
func describeVariables(schema *ast.Schema, operation *graphql.OperationContext) map[string]any {
	d := variableDescriber{schema}
	sensitive := graph.SensitiveVariables(operation.Operation, schema)
	return describeMembers(operation.Variables, func(name string, value any) any {
		definition := operation.Operation.VariableDefinitions.ForName(name)
		if sensitive[name] || definition == nil {
			return describedSensitive
		}
		return d.describe(value, definition.Type, 1)
	})
}

// describedSensitive describes a value of an input that is marked @sensitive: not even its size is logged.
const describedSensitive = "sensitive"

// variableDescriber describes values by kind and size. It never returns a value.
type variableDescriber struct{ schema *ast.Schema }

func (d variableDescriber) describe(value any, of *ast.Type, depth int) any {
	if depth > maxSlowDepth {
		return "..."
	}
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return fmt.Sprintf("string of %d bytes", len(v))
	case []any:
		if len(v) == 0 {
			return "empty list"
		}
		return map[string]any{fmt.Sprintf("list of %d", len(v)): d.describe(v[0], of, depth+1)}
	case map[string]any:
		return describeMembers(v, func(name string, value any) any {
			field := d.schema.Types[of.Name()].Fields.ForName(name)
			if field == nil || graph.IsSensitive(field.Directives) { // a scalar that is an object has no fields
				return describedSensitive
			}
			return d.describe(value, field.Type, depth+1)
		})
	default:
		return "number"
	}
}

// describeMembers describes the first members of an object, in the order of their names.
func describeMembers(object map[string]any, describe func(name string, value any) any) map[string]any {
	members := make(map[string]any, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if len(members) == maxSlowMembers {
			members["..."] = "more"
			break
		}
		members[telemetry.TruncateName(name)] = describe(name, object[name])
	}
	return members
}
