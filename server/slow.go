package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aisle/store"
)

// slow is what the log has besides of an operation that took long: no value that anybody sent.
type slow struct {
	Variables  map[string]any  `json:"variables"` // what each is like
	Statements []slowStatement `json:"statements"`
}

// slowStatement is a statement that an operation sent, once or more often.
type slowStatement struct {
	SQL      string  `json:"sql"`
	Times    int     `json:"times"`
	TookMS   float64 `json:"took_ms"`            // all of them
	Together int     `json:"together,omitempty"` // how many were sent at once, in that time; 0 for one by one
}

// How much of it is written.
const (
	mostSlowStatements = 20
	longestSlowSQL     = 1000 // bytes
	mostMembers        = 30   // of an object
	deepestMembers     = 4    // levels of objects and lists
)

func slowOf(x *exchange) slow {
	of := slow{Variables: map[string]any{}, Statements: summary(x.statements.List())}
	if x.operation != nil {
		if variables, ok := likeness(x.operation.Variables, 0).(map[string]any); ok {
			of.Variables = variables
		}
	}
	return of
}

// summary puts equal statements together, those that took longest first.
func summary(sent []store.Statement) []slowStatement {
	list := make([]slowStatement, 0, len(sent))
	places := map[string]int{}
	for _, one := range sent {
		i, known := places[one.SQL]
		if !known {
			i = len(list)
			places[one.SQL] = i
			list = append(list, slowStatement{SQL: brief(one.SQL)})
		}
		list[i].Times++
		list[i].TookMS += milliseconds(one.Duration)
		if one.BatchSize > 1 {
			list[i].Together = one.BatchSize
		}
	}
	slices.SortStableFunc(list, func(a, b slowStatement) int { return int(b.TookMS*1000) - int(a.TookMS*1000) })
	return list[:min(len(list), mostSlowStatements)]
}

// brief is a statement on one line.
func brief(sql string) string {
	sql = strings.Join(strings.Fields(sql), " ")
	if len(sql) > longestSlowSQL {
		return strings.ToValidUTF8(sql[:longestSlowSQL], "") + "..."
	}
	return sql
}

// likeness says what a variable is like, and not what it is. The names in objects are the schema's own: it was validated.
func likeness(value any, depth int) any {
	if depth > deepestMembers {
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
		return map[string]any{fmt.Sprintf("list of %d", len(v)): likeness(v[0], depth+1)}
	case map[string]any:
		members := make(map[string]any, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if len(members) == mostMembers {
				members["..."] = "more"
				break
			}
			members[clip(name)] = likeness(v[name], depth+1)
		}
		return members
	default:
		return "number"
	}
}
