package importer

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestColumnsAreMapped(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		names   []string
		options Options
		want    map[string]int
	}{
		"by name":           {[]string{"code", "name"}, Options{}, map[string]int{"code": 0, "name": 1}},
		"in any writing":    {[]string{"POSTAL CODE", " Address-Line #2 "}, Options{}, map[string]int{"postal_code": 0, "address2": 1}},
		"by alias":          {[]string{"Store_Name", "lat", "LNG"}, Options{}, map[string]int{"name": 0, "latitude": 1, "longitude": 2}},
		"name before alias": {[]string{"zip", "postal_code"}, Options{}, map[string]int{"postal_code": 1}},
		"as mapped": {
			[]string{"County", "name", "title"},
			Options{Map: []string{"region=County", "NAME=title"}},
			map[string]int{"region": 0, "name": 2},
		},
		"nearly as mapped":  {[]string{"The County"}, Options{Map: []string{"region=the_county"}}, map[string]int{"region": 0}},
		"with an = sign":    {[]string{"a=b"}, Options{Map: []string{"region=a=b"}}, map[string]int{"region": 0}},
		"of a rejects file": {[]string{"reject_line", "reject_column", "reject_reason", "name"}, Options{}, map[string]int{"name": 3}},
		"double, not used":  {[]string{"name", "x", "x"}, Options{}, map[string]int{"name": 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, err := newHeader(test.names, storeFields(), test.options)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, h.columns); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInvalidUTF8InHeaderIsReplaced(t *testing.T) {
	t.Parallel()
	names, _ := read(t, "a,gr\xf6\xdfe\n", "comma")
	if diff := cmp.Diff([]string{"a", "gr\ufffde"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestInvalidColumnOptionsAreRejected(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		names   []string
		options Options
		want    string
	}{
		"absent": {
			[]string{"Store_Name", "City"},
			Options{Map: []string{"name=Store_Nam"}},
			`--map name=Store_Nam: the file has no column "Store_Nam" (did you mean "Store_Name"?); its columns are "Store_Name", "City"`,
		},
		"double": {
			[]string{"name", "Name"},
			Options{},
			`the header has "name" more than once (columns 1 and 2): rename one, or use --map name=COLUMN`,
		},
		"double mapped": {
			[]string{"x", "x"},
			Options{Map: []string{"name=x"}},
			`--map name=x: the header has "x" more than once (columns 1 and 2): rename one`,
		},
		"no such field": {
			[]string{"x"},
			Options{Set: []string{"colour=red"}},
			`--set colour=red: unknown field "colour"; the fields are code, name, region, ` +
				"address, address2, city, state, postal_code, country, latitude, longitude, timezone, format, status",
		},
		"no value":     {[]string{"x"}, Options{Map: []string{"name"}}, `invalid --map "name": want FIELD=VALUE, for example --map name=VALUE`},
		"mapped twice": {[]string{"x", "y"}, Options{Map: []string{"name=x", "name=y"}}, `--map sets the column of name twice`},
		"constant key": {
			[]string{"x"},
			Options{Set: []string{"code=1"}},
			`--set code=1: the code identifies a row and cannot be the same for all rows`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newHeader(test.names, storeFields(), test.options)
			if err == nil || err.Error() != test.want {
				t.Errorf("got the error %v\nwant %s", err, test.want)
			}
		})
	}
}
