package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// field is a field of an entity.
type field struct {
	name    string
	aliases []string // other names of its column, normalized
	isKey   bool     // it identifies rows, so --set cannot set it
}

// header maps fields to columns.
type header struct {
	names     []string // of the columns in the file
	skip      int      // number of leading columns of a rejects file
	columns   map[string]int
	constants map[string]string
	fields    []field
}

// newHeader maps fields to the columns that the user names, and the others by name. It returns all errors joined.
func newHeader(names []string, fields []field, o Options) (*header, error) {
	h := &header{names: names, columns: map[string]int{}, constants: map[string]string{}, fields: fields}
	if len(names) > len(rejectColumns) && slices.Equal(names[:len(rejectColumns)], rejectColumns) {
		h.skip = len(rejectColumns)
	}
	var errs []error
	for _, m := range o.Map {
		errs = append(errs, h.mapField(m))
	}
	for _, s := range o.Set {
		errs = append(errs, h.setField(s))
	}
	for _, f := range fields {
		if _, mapped := h.columns[f.name]; !mapped {
			errs = append(errs, h.mapByName(f))
		}
	}
	return h, errors.Join(errs...)
}

func (h *header) mapField(option string) error {
	f, column, err := h.parseOption("--map", option)
	if err != nil {
		return err
	}
	if _, mapped := h.columns[f.name]; mapped {
		return fmt.Errorf("--map sets the column of %s twice", f.name)
	}
	i, err := h.findColumn(column)
	if err != nil {
		return fmt.Errorf("--map %s: %w", option, err)
	}
	h.columns[f.name] = i
	return nil
}

func (h *header) setField(option string) error {
	f, value, err := h.parseOption("--set", option)
	switch {
	case err != nil:
		return err
	case f.isKey:
		return fmt.Errorf("--set %s: the %s identifies a row and cannot be the same for all rows", option, f.name)
	}
	h.constants[f.name] = value
	return nil
}

func (h *header) parseOption(flag, option string) (field, string, error) {
	name, value, ok := strings.Cut(option, "=")
	if !ok || value == "" {
		return field{}, "", fmt.Errorf("invalid %s %q: want FIELD=VALUE, for example %s name=VALUE", flag, option, flag)
	}
	for _, f := range h.fields {
		if normalizeName(f.name) == normalizeName(name) {
			return f, value, nil
		}
	}
	known := make([]string, len(h.fields))
	for i, f := range h.fields {
		known[i] = f.name
	}
	return field{}, "", fmt.Errorf("%s %s: unknown field %q; the fields are %s", flag, option, name, strings.Join(known, ", "))
}

// findColumn finds a column by its exact name, or by its normalized name.
func (h *header) findColumn(name string) (int, error) {
	for _, same := range []func(string) bool{
		func(n string) bool { return strings.TrimSpace(n) == strings.TrimSpace(name) },
		func(n string) bool { return normalizeName(n) == normalizeName(name) },
	} {
		found := h.columnsWhere(same)
		if len(found) > 1 {
			return 0, fmt.Errorf("the header has %q more than once (columns %d and %d): rename one", name, found[0]+1, found[1]+1)
		}
		if len(found) == 1 {
			return found[0], nil
		}
	}
	return 0, fmt.Errorf("the file has no column %q%s; its columns are %s", name, h.suggest(name), h.listColumns())
}

// mapByName maps a field to the column that has its name or one of its aliases.
func (h *header) mapByName(f field) error {
	for _, name := range append([]string{normalizeName(f.name)}, f.aliases...) {
		found := h.columnsWhere(func(n string) bool { return normalizeName(n) == name })
		if len(found) > 1 {
			return fmt.Errorf("the header has %q more than once (columns %d and %d): rename one, or use --map %s=COLUMN",
				h.names[found[0]], found[0]+1, found[1]+1, f.name)
		}
		if len(found) == 1 && !h.isMapped(found[0]) {
			h.columns[f.name] = found[0]
			return nil
		}
	}
	return nil
}

func (h *header) isMapped(column int) bool {
	for _, at := range h.columns {
		if at == column {
			return true
		}
	}
	return false
}

func (h *header) columnsWhere(same func(string) bool) []int {
	var found []int
	for i := h.skip; i < len(h.names); i++ {
		if same(h.names[i]) {
			found = append(found, i)
		}
	}
	return found
}

// has reports whether the field has a column or a constant.
func (h *header) has(name string) bool {
	_, column := h.columns[name]
	_, constant := h.constants[name]
	return column || constant
}

// label returns the name of the field's column, or of the flag that sets it.
func (h *header) label(name string) string {
	if i, ok := h.columns[name]; ok {
		return h.names[i]
	}
	if _, ok := h.constants[name]; ok {
		return "--set " + name
	}
	return name
}

// missing returns the error for a required field without a column.
func (h *header) missing(field, remedy string) error {
	return fmt.Errorf("no column for the %s: use %s. The columns are %s", field, remedy, h.listColumns())
}

func (h *header) listColumns() string {
	quoted := make([]string, 0, len(h.names))
	for _, n := range h.names[h.skip:] {
		quoted = append(quoted, fmt.Sprintf("%q", truncate(n, 60)))
	}
	const limit = 60
	if len(quoted) > limit {
		quoted = append(quoted[:limit], fmt.Sprintf("and %d more", len(quoted)-limit))
	}
	return strings.Join(quoted, ", ")
}

// suggest returns a hint with the most similar column, or an empty string.
func (h *header) suggest(name string) string {
	best, maxDistance := "", 1+len(normalizeName(name))/3
	for _, n := range h.names[h.skip:] {
		p := normalizeName(n)
		d := levenshtein.ComputeDistance(p, normalizeName(name))
		if p != "" && (strings.Contains(p, normalizeName(name)) || strings.Contains(normalizeName(name), p)) {
			d = min(d, 1)
		}
		if d <= maxDistance {
			best, maxDistance = n, d-1
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// normalizeName lowercases a name and removes spaces and punctuation.
func normalizeName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-.#/()\u00a0\t", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// rejectColumns are the leading columns of a rejects file. An import of a rejects file skips them.
//
//nolint:gochecknoglobals // a list cannot be a constant
var rejectColumns = []string{"reject_line", "reject_column", "reject_reason"}
