package demo

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"aisle/store/tasks"
)

// template is a task that comes again, as words/templates.txt has it.
type template struct {
	row     tasks.CopyTemplatesParams // without id and times until makeTemplates
	product string                    // which products it is about: noProduct, anyProduct or perishable
	weight  int                       // how often it comes, beside the others
	minutes int                       // how long it takes, about
	steps   []step
}

// step is a template's step.
type step struct {
	title    string
	required bool
}

// What a template's tasks are about.
const (
	noProduct  = "none"
	anyProduct = "any"
	perishable = "perishable"
)

// readTemplates reads the blocks: a line of settings, a title, instructions, steps.
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

// readTemplate reads the block with which the lines begin.
func readTemplate(lines []string) (template, error) {
	const columns, head = 6, 3
	settings := fields(lines[0], "|")
	if len(settings) != columns || len(lines) < head {
		return template{}, fmt.Errorf("a template is a line of %d settings, a title, instructions and steps", columns)
	}
	t := template{product: settings[3], row: tasks.CopyTemplatesParams{
		Code: settings[0], Kind: tasks.Kind(settings[1]), Priority: tasks.Priority(settings[2]),
		Title: lines[1], Instructions: lines[2],
	}}
	if _, err := fmt.Sscan(settings[4]+" "+settings[5], &t.weight, &t.minutes); err != nil {
		return template{}, fmt.Errorf("how often and how long: %w", err)
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

// makeTemplates gives the templates their ids, and makes the rows. A template's title is about "a product": only a task
// knows which.
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
				ID: r.id(at), TemplateID: row.ID, Position: position1(position), Title: s.title, Required: s.required,
			})
		}
	}
	return rows, steps
}

// position1 counts from 1, as people do.
func position1(index int) int32 { return int32(index) + 1 } //nolint:gosec // a task has few steps

// titleFor is the title of a task of the template about the product; nil when it is about none.
func (t template) titleFor(g *good) string {
	if g == nil {
		return t.row.Title
	}
	return strings.ReplaceAll(t.row.Title, "{product}", g.name)
}

// of is the template's id as tasks keep it.
func (t template) of() uuid.NullUUID { return some(t.row.ID) }
