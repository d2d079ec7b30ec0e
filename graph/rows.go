package graph

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/store/tasks"
)

// Rows are the tasks in a part of an answer that is shared. When one of them changes the part is made anew, and the others of it need
// not be: a task's version tells whether it and its steps are as they were. All else that is shown of a task, as whose it is,
// belongs to other modules or to the chain: whoever gives Rows what was made before sees to it that nothing of that has changed.
type Rows struct {
	before   map[Row]Span
	body     []byte // of the part that was made before
	together Together
	reused   atomic.Bool
	made     map[Row]Span
}

// Row is a task, as it was in one of its versions, in a place of an answer.
type Row struct {
	Path    string // of the list, without places in lists
	ID      uuid.UUID
	Version int32
}

func rowOf(path string, t *tasks.Task) Row { return Row{path, t.ID, t.Version} }

// Span is where something stands in JSON: from a byte up to another, without that.
type Span struct{ From, To int }

// Together says that these tasks are the ones of a list of which more is going to be asked.
type Together func(ctx context.Context, list []*tasks.Task)

// NewRows makes the Rows of a part. What was made of it before is its JSON, with what stands there; nil is nothing.
func NewRows(before map[Row]Span, body []byte, together Together) *Rows {
	return &Rows{before: before, body: body, together: together, made: map[Row]Span{}}
}

// Reused reports whether anything is as it was made before.
func (r *Rows) Reused() bool { return r.reused.Load() }

// Made is what stands in the part's JSON, when that was written.
func (r *Rows) Made() map[Row]Span { return r.made }

type rowsKey struct{}

// WithRows returns the context in which the part of the rows is made.
func WithRows(ctx context.Context, r *Rows) context.Context {
	return context.WithValue(ctx, rowsKey{}, r)
}

// tasksInOrder is marshalInOrder for tasks. The generated executor calls it: scripts/generate.sh puts it in.
func tasksInOrder(
	ctx context.Context, selections ast.SelectionSet, list []TaskEdge, marshal func(ctx context.Context, i int) graphql.Marshaler,
) graphql.Array {
	rows, _ := ctx.Value(rowsKey{}).(*Rows)
	if rows == nil || !toldByVersion(selections) {
		return marshalInOrder(ctx, len(list), 0, false, marshal)
	}
	path := pathOf(graphql.GetFieldContext(ctx))
	marshaled := make(graphql.Array, len(list))
	var others []*tasks.Task
	var places []int // of the others in the list
	for i := range list {
		is := rowOf(path, list[i].Node)
		if span, known := rows.before[is]; known {
			marshaled[i] = row{rawJSON(rows.body[span.From:span.To]), rows, is}
		} else {
			others, places = append(others, list[i].Node), append(places, i)
		}
	}
	if len(others) < len(list) {
		rows.reused.Store(true)
		rows.together(ctx, others)
	}
	elements := make([]element, len(others))
	for n, i := range places {
		marshaled[i] = elements[n].marshal(ctx, i, marshal)
		if marshaled[i] != graphql.Null {
			marshaled[i] = row{marshaled[i], rows, rowOf(path, others[n])}
		}
	}
	return marshaled
}

// row is a row's JSON, and notes where it stands.
type row struct {
	graphql.Marshaler

	rows *Rows
	is   Row
}

// MarshalGQL writes it.
func (r row) MarshalGQL(w io.Writer) {
	b, ok := w.(*bytes.Buffer)
	if !ok { // where it stands cannot be told
		r.Marshaler.MarshalGQL(w)
		return
	}
	from := b.Len()
	r.Marshaler.MarshalGQL(b)
	r.rows.made[r.is] = Span{from, b.Len()}
}

// ofRows are the types of what is shown of a task that its version, the revisions of other modules, or that of what is the chain's tell
// of. All their fields of which nothing can be asked are of that kind; a test lists them.
//
//nolint:gochecknoglobals,goconst // a constant
var ofRows = []string{"Task", "TaskStep", "TaskTemplate", "TaskTemplateStep", "Employee", "Product", "Category"}

// toldByVersion says whether all that is asked of tasks is of such types.
func toldByVersion(selections ast.SelectionSet) bool {
	for _, s := range selections {
		told := true
		switch s := s.(type) {
		case *ast.Field:
			told = len(s.SelectionSet) == 0 || slices.Contains(ofRows, s.Definition.Type.Name()) && toldByVersion(s.SelectionSet)
		case *ast.InlineFragment:
			told = toldByVersion(s.SelectionSet)
		case *ast.FragmentSpread:
			told = toldByVersion(s.Definition.SelectionSet)
		}
		if !told {
			return false
		}
	}
	return true
}

// pathOf is the path of a field, without places in lists.
func pathOf(f *graphql.FieldContext) string {
	var path []string
	for ; f != nil; f = f.Parent {
		if f.Field.Field != nil {
			path = append(path, f.Field.Alias)
		}
	}
	slices.Reverse(path)
	return strings.Join(path, ".")
}
