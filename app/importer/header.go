package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// field is something that a row can say, whatever its column is called.
type field struct {
	name    string
	aliases []string // other usual names of its column, without spaces and in lower case
	key     bool     // it tells rows apart: no constant can
}

// header says in which column which field is.
type header struct {
	names    []string // of the columns, as the file has them
	skip     int      // columns at the beginning that say why the row was rejected earlier
	at       map[string]int
	constant map[string]string
	fields   []field
}

// newHeader finds the fields' columns: where the user says, else by name. The errors name everything that is wrong.
func newHeader(names []string, fields []field, o Options) (*header, error) {
	h := &header{names: names, at: map[string]int{}, constant: map[string]string{}, fields: fields}
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
		if _, mapped := h.at[f.name]; !mapped {
			errs = append(errs, h.findField(f))
		}
	}
	return h, errors.Join(errs...)
}

func (h *header) mapField(option string) error {
	f, column, err := h.option("--map", option)
	if err != nil {
		return err
	}
	if _, twice := h.at[f.name]; twice {
		return fmt.Errorf("--map gives %s two columns", f.name)
	}
	i, err := h.column(column)
	if err != nil {
		return fmt.Errorf("--map %s: %w", option, err)
	}
	h.at[f.name] = i
	return nil
}

func (h *header) setField(option string) error {
	f, value, err := h.option("--set", option)
	switch {
	case err != nil:
		return err
	case f.key:
		return fmt.Errorf("--set %s: rows are told apart by their %s, which cannot be the same for all", option, f.name)
	}
	h.constant[f.name] = value
	return nil
}

func (h *header) option(flag, option string) (field, string, error) {
	name, value, ok := strings.Cut(option, "=")
	if !ok || value == "" {
		return field{}, "", fmt.Errorf("%s %s: say which field is what, as in %s name=VALUE", flag, option, flag)
	}
	for _, f := range h.fields {
		if plain(f.name) == plain(name) {
			return f, value, nil
		}
	}
	known := make([]string, len(h.fields))
	for i, f := range h.fields {
		known[i] = f.name
	}
	return field{}, "", fmt.Errorf("%s %s: there is no field %q, but %s", flag, option, name, strings.Join(known, ", "))
}

// column finds the column that a user names: exactly so, or with other case, spaces or signs.
func (h *header) column(name string) (int, error) {
	for _, same := range []func(string) bool{
		func(n string) bool { return strings.TrimSpace(n) == strings.TrimSpace(name) },
		func(n string) bool { return plain(n) == plain(name) },
	} {
		found := h.where(same)
		if len(found) > 1 {
			return 0, fmt.Errorf("the header has %q more than once (columns %d and %d): rename one", name, found[0]+1, found[1]+1)
		}
		if len(found) == 1 {
			return found[0], nil
		}
	}
	return 0, fmt.Errorf("the file has no column %q%s; its columns are %s", name, h.near(name), h.list())
}

// findField finds a field's column by its name, else by the first of its aliases.
func (h *header) findField(f field) error {
	for _, name := range append([]string{plain(f.name)}, f.aliases...) {
		found := h.where(func(n string) bool { return plain(n) == name })
		if len(found) > 1 {
			return fmt.Errorf("the header has %q more than once (columns %d and %d): rename one, or say --map %s=COLUMN",
				h.names[found[0]], found[0]+1, found[1]+1, f.name)
		}
		if len(found) == 1 && !h.taken(found[0]) {
			h.at[f.name] = found[0]
			return nil
		}
	}
	return nil
}

func (h *header) taken(column int) bool {
	for _, at := range h.at {
		if at == column {
			return true
		}
	}
	return false
}

func (h *header) where(same func(string) bool) []int {
	var found []int
	for i := h.skip; i < len(h.names); i++ {
		if same(h.names[i]) {
			found = append(found, i)
		}
	}
	return found
}

// has says whether the rows can say something about the field.
func (h *header) has(name string) bool {
	_, column := h.at[name]
	_, constant := h.constant[name]
	return column || constant
}

// label is what a person calls the field's place.
func (h *header) label(name string) string {
	if i, ok := h.at[name]; ok {
		return h.names[i]
	}
	if _, ok := h.constant[name]; ok {
		return "--set " + name
	}
	return name
}

func (h *header) list() string {
	quoted := make([]string, 0, len(h.names))
	for _, n := range h.names[h.skip:] {
		quoted = append(quoted, fmt.Sprintf("%q", clip(n, 60)))
	}
	const most = 60
	if len(quoted) > most {
		quoted = append(quoted[:most], fmt.Sprintf("and %d more", len(quoted)-most))
	}
	return strings.Join(quoted, ", ")
}

// near proposes the column whose name differs least.
func (h *header) near(name string) string {
	best, least := "", 1+len(plain(name))/3
	for _, n := range h.names[h.skip:] {
		p := plain(n)
		d := levenshtein.ComputeDistance(p, plain(name))
		if p != "" && (strings.Contains(p, plain(name)) || strings.Contains(plain(name), p)) {
			d = min(d, 1)
		}
		if d <= least {
			best, least = n, d-1
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// plain is a name without what people write differently: case, spaces, underscores and other signs.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-.#/()\u00a0\t", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}
