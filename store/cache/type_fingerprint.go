package cache

import (
	"fmt"
	"hash/fnv"
	"io"
	"reflect"
	"strconv"
)

// typeFingerprint returns a hash of a type and the types of its fields. It is part of Redis's keys: nodes of two versions
// whose types differ do not read each other's values.
func typeFingerprint[V any]() string {
	sum := fnv.New64a()
	describe(sum, reflect.TypeFor[V](), 0)
	return strconv.FormatUint(sum.Sum64(), 36)
}

// maxDepth bounds the recursion. The types of rows are flat.
const maxDepth = 8

func describe(w io.Writer, t reflect.Type, depth int) {
	_, _ = fmt.Fprintf(w, "%s %s;", t.Kind(), t)
	if depth == maxDepth {
		return
	}
	switch t.Kind() { //nolint:exhaustive // the others have no element type
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		describe(w, t.Elem(), depth+1)
	case reflect.Struct:
		for field := range t.Fields() {
			_, _ = fmt.Fprintf(w, "%s %q:", field.Name, field.Tag)
			describe(w, field.Type, depth+1)
		}
	}
}
