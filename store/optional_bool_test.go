package store_test

import (
	"testing"

	"aisle/store"
)

func TestOptionalBoolKeepsItsValue(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for _, v := range []*bool{nil, &yes, &no} {
		got := store.NewOptionalBool(v).Pointer()
		if (got == nil) != (v == nil) || got != nil && *got != *v {
			t.Errorf("%v became %v", v, got)
		}
	}
	if store.NewOptionalBool(&yes) != store.NewOptionalBool(new(true)) || store.NewOptionalBool(&no) == store.NewOptionalBool(nil) {
		t.Error("equal values do not compare as equal")
	}
}
