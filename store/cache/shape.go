package cache

import (
	"fmt"
	"hash/fnv"
	"io"
	"reflect"
	"strconv"
)

// shape is a word for how a type looks in JSON. Nodes of two versions, whose types differ, do not read each other's values.
func shape[V any]() string {
	sum := fnv.New64a()
	describe(sum, reflect.TypeFor[V](), 0)
	return strconv.FormatUint(sum.Sum64(), 36)
}

// deepest is how deep types are looked into: those of rows are flat.
const deepest = 8

func describe(w io.Writer, t reflect.Type, depth int) {
	_, _ = fmt.Fprintf(w, "%s %s;", t.Kind(), t)
	if depth == deepest {
		return
	}
	switch t.Kind() { //nolint:exhaustive // the others have no parts
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		describe(w, t.Elem(), depth+1)
	case reflect.Struct:
		for field := range t.Fields() {
			_, _ = fmt.Fprintf(w, "%s %q:", field.Name, field.Tag)
			describe(w, field.Type, depth+1)
		}
	}
}
