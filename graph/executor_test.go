package graph

import (
	"bytes"
	"context"
	"io"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// elementAt is the context of an object in lists, by its places in them, the outermost first.
func elementAt(places ...int) context.Context {
	if len(places) == 0 {
		return graphql.WithResponseContext(context.Background(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
	}
	last := len(places) - 1
	element := graphql.WithFieldContext(elementAt(places[:last]...), &graphql.FieldContext{Index: &places[last]})
	return graphql.WithFieldContext(element, &graphql.FieldContext{Object: "Edge"})
}

func newTestObject(names ...string) *object {
	fields := make([]graphql.CollectedField, len(names))
	for i, name := range names {
		fields[i] = graphql.CollectedField{Field: &ast.Field{Name: name, Alias: name}}
	}
	return newObject(fields)
}

func (o *object) later(i int, nonNull bool, resolve func(context.Context) graphql.Marshaler) {
	o.ResolveConcurrently(nil, nil, i, true, nonNull, resolve)
}

func TestFieldsOfTheFirstListElementAreResolvedConcurrently(t *testing.T) {
	t.Parallel()
	for _, places := range [][]int{nil, {0}, {0, 0}} {
		synctest.Test(t, func(*testing.T) { // which fails when all wait for ever
			o, met := newTestObject("a", "b"), make(chan bool)
			o.later(0, true, func(context.Context) graphql.Marshaler { met <- true; return graphql.True })
			o.later(1, true, func(context.Context) graphql.Marshaler { <-met; return graphql.True })
			o.Dispatch(elementAt(places...))
		})
	}
}

func TestFieldsOfOtherElementsAreResolvedInOrder(t *testing.T) {
	t.Parallel()
	for _, places := range [][]int{{1}, {0, 2}, {2, 0}} {
		o, order := newTestObject("a", "b", "c"), []int(nil)
		for i := range 3 {
			o.later(i, true, func(context.Context) graphql.Marshaler { order = append(order, i); return graphql.True })
		}
		o.Dispatch(elementAt(places...))
		if want := []int{0, 1, 2}; !slices.Equal(order, want) {
			t.Errorf("at %v in the order %v, want %v", places, order, want)
		}
	}
}

func TestNullInANonNullFieldNullsItsObject(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		nonNull bool
		value   graphql.Marshaler
		invalid uint32
	}{
		"a value":                     {true, graphql.True, 0},
		"null":                        {false, graphql.Null, 0},
		"null where that is an error": {true, graphql.Null, 1},
	} {
		o := newTestObject("a")
		o.later(0, of.nonNull, func(context.Context) graphql.Marshaler { return of.value })
		o.Dispatch(elementAt())
		if o.Invalids != of.invalid || o.Values[0] != of.value {
			t.Errorf("%s: got %v with %d invalid, want %v with %d", name, o.Values[0], o.Invalids, of.value, of.invalid)
		}
	}
}

func TestPanickingFieldIsNullWithAnError(t *testing.T) {
	t.Parallel()
	for _, places := range [][]int{{0}, {1}} {
		ctx, o := elementAt(places...), newTestObject("a", "b")
		for i := range 2 {
			o.later(i, false, func(context.Context) graphql.Marshaler { panic("lost") })
		}
		o.Dispatch(ctx)
		if n := len(graphql.GetErrors(ctx)); n != 2 || o.Values[0] != graphql.Null || o.Values[1] != graphql.Null {
			t.Errorf("at %v: %v with %d errors, want two nulls with an error each", places, o.Values, n)
		}
	}
}

func TestObjectMarshalsToJSON(t *testing.T) {
	t.Parallel()
	inner := newTestObject("id")
	inner.Values[0] = graphql.MarshalString(`a "quoted" one`)
	outer := newTestObject("one", "_two", "none")
	outer.Values = []graphql.Marshaler{inner, graphql.Array{graphql.True, inner}, graphql.Null}
	const want = `{"one":{"id":"a \"quoted\" one"},"_two":[true,{"id":"a \"quoted\" one"}],"none":null}`

	var buffer bytes.Buffer
	outer.MarshalGQL(&buffer)
	var other bytes.Buffer
	outer.MarshalGQL(struct{ io.Writer }{&other})

	if buffer.String() != want || other.String() != want {
		t.Errorf("got %s\nand %s\nwant %s", buffer.String(), other.String(), want)
	}
}
