package demo

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"aisle/store/tasks"
)

// template is a task template of seed_data/templates.txt.
type template struct {
	row     tasks.CopyTemplatesParams // without ID and times until makeTemplates
	product string                    // noProduct, anyProduct or perishable
	weight  int                       // relative frequency
	minutes int                       // approximate duration
	steps   []step
}

// step is a step of a template.
type step struct {
	title    string
	required bool
}

// The products that the tasks of a template are about.
const (
	noProduct  = "none"
	anyProduct = "any"
	perishable = "perishable"
)

// readTemplates parses blocks of a line of settings, a title, instructions and steps.
func readTemplates(lines []string) ([]template, error) {
	var list []template
	for len(lines) > 0 {
		t, err := readTemplate(lines)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", lines[0], err)
		}
		list = append(list, t)
		lines = lines[3+len(t.steps):]
	}
	return list, nil
}

// readTemplate parses the first block.
func readTemplate(lines []string) (template, error) {
	const columns, head = 6, 3
	settings := splitTrimmed(lines[0], "|")
	if len(settings) != columns || len(lines) < head {
		return template{}, fmt.Errorf("want a line of %d settings, a title, instructions and steps", columns)
	}
	t := template{product: settings[3], row: tasks.CopyTemplatesParams{
		Code: settings[0], Kind: tasks.Kind(settings[1]), Priority: tasks.Priority(settings[2]),
		Title: lines[1], Instructions: lines[2],
	}}
	if _, err := fmt.Sscan(settings[4]+" "+settings[5], &t.weight, &t.minutes); err != nil {
		return template{}, fmt.Errorf("weight and minutes: %w", err)
	}
	for _, line := range lines[head:] {
		mark, title, _ := strings.Cut(line, " ")
		if mark != "-" && mark != "?" {
			break
		}
		t.steps = append(t.steps, step{title, mark == "-"})
	}
	return t, nil
}

// makeTemplates sets the IDs of the templates and makes their rows. In the title of a template, "a product" stands for the
// product of a task.
func makeTemplates(r random, at time.Time, list []template) ([]tasks.CopyTemplatesParams, []tasks.CopyTemplateStepsParams) {
	rows := make([]tasks.CopyTemplatesParams, len(list))
	var steps []tasks.CopyTemplateStepsParams
	for i := range list {
		row := &list[i].row
		row.ID, row.CreatedAt, row.UpdatedAt = r.id(at), at, at
		rows[i] = *row
		rows[i].Title = strings.ReplaceAll(row.Title, "{product}", "a product")
		for position, s := range list[i].steps {
			steps = append(steps, tasks.CopyTemplateStepsParams{
				ID: r.id(at), TemplateID: row.ID, Position: stepPosition(position), Title: s.title, Required: s.required,
			})
		}
	}
	return rows, steps
}

// stepPosition returns the position of a step, which counts from 1.
func stepPosition(index int) int32 { return int32(index) + 1 } //nolint:gosec // a task has few steps

// titleFor returns the title of a task about a product, which may be nil.
func (t template) titleFor(g *product) string {
	if g == nil {
		return t.row.Title
	}
	return strings.ReplaceAll(t.row.Title, "{product}", g.name)
}

// nullID returns the ID of the template as a NullUUID.
func (t template) nullID() uuid.NullUUID { return nullUUID(t.row.ID) }
