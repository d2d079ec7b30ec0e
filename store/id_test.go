package store_test

import (
	"errors"
	"strings"
	"testing"

	"aisle/store"
)

func TestIDRoundTrips(t *testing.T) {
	t.Parallel()
	want := store.NewID()

	got, err := store.ParseID("task", store.GlobalID("task", want))

	if err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestInvalidIDIsRejectedWithTheExpectedKind(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ id, says string }{
		"of another kind": {store.GlobalID("store", store.NewID()), "An id of the kind task (task_...) is required."},
		"no id at all":    {"12", `"12" is not an id`},
		"empty":           {"", `"" is not an id`},
		"too long":        {"task_" + strings.Repeat("0", 1000), "is not an id"},
		"a bare UUID":     {store.NewID().String(), "is not an id"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := store.ParseID("task", test.id)

			var broken *store.UserError
			if !errors.As(err, &broken) || broken.Code != store.CodeInvalid || !strings.Contains(broken.Message, test.says) {
				t.Errorf("got %v, want INVALID that says %q", err, test.says)
			}
			if err != nil && len(err.Error()) > 200 {
				t.Errorf("the error has %d characters", len(err.Error()))
			}
		})
	}
}

func FuzzSplitID(f *testing.F) {
	f.Add(store.GlobalID("task", store.NewID()))
	f.Add("template_step_00000000000000000000000000")
	f.Fuzz(func(t *testing.T, s string) {
		prefix, id, err := store.SplitID(s)
		if err == nil && prefix != "" && store.GlobalID(prefix, id) != s {
			t.Errorf("%q became %q", s, store.GlobalID(prefix, id))
		}
	})
}
