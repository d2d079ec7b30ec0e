package demo

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"aisle/store/tasks"
)

// add makes the rows of a task that went the course: itself, its steps, its comments.
func (s site) add(c course) {
	t := c.template.row
	id := s.id(c.created)
	c = s.steps(id, c)
	product := s.product(c.template)
	row := tasks.CopyTasksParams{
		ID: id, StoreID: s.rows.Store.ID, TemplateID: c.template.of(), Title: c.template.titleFor(product),
		Instructions: t.Instructions, Kind: t.Kind, Priority: s.priority(t.Priority), Status: c.status,
		DueAt: c.due, StartedAt: instant(c.started), CompletedAt: instant(c.completed),
		Version: c.version, CreatedAt: c.created, UpdatedAt: c.last,
	}
	if product != nil {
		row.ProductID = some(product.id)
	}
	if c.assignee != uuid.Nil {
		row.AssigneeID = some(c.assignee)
	}
	s.rows.Tasks = append(s.rows.Tasks, row)
	s.comments(id, c)
}

// instant is a time as rows have it: nil when it did not come.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// product is what a task of the template is about; nil when it is about none.
func (s site) product(t *template) *good {
	goods := s.goods
	switch {
	case t.product == noProduct:
		return nil
	case t.product == perishable && len(s.perishables) > 0:
		goods = s.perishables
	}
	return &goods[s.IntN(len(goods))]
}

// priority is the template's, and now and then what somebody thought better.
func (s site) priority(usual tasks.Priority) tasks.Priority {
	if s.chance(0.9) {
		return usual
	}
	return pick(s.random, []tasks.Priority{tasks.PriorityLow, tasks.PriorityNormal, tasks.PriorityHigh})
}

// steps makes the task's steps, done as far as its course has come, and counts them in its version.
func (s site) steps(task uuid.UUID, c course) course {
	all := c.template.steps
	done := 0
	switch {
	case !c.completed.IsZero():
		done = len(all)
	case !c.started.IsZero():
		done = s.IntN(len(all))
	}
	at := s.instants(done, c.started, c.until)
	for i, st := range all {
		row := tasks.CopyStepsParams{
			ID: s.id(c.created), StoreID: s.rows.Store.ID, TaskID: task, Position: position1(i),
			Title: st.title, Required: st.required,
		}
		if i < done && (st.required || s.chance(0.75)) {
			row.Done, row.DoneAt, row.DoneByID = true, &at[i], some(c.assignee)
			if s.chance(0.12) {
				row.DoneByID = some(pick(s.random, s.associates))
			}
			c.version++
			c.last = later(c.last, at[i])
		}
		s.rows.Steps = append(s.rows.Steps, row)
	}
	return c
}

// instants are so many instants in order, none before from or after to.
func (s site) instants(count int, from, to time.Time) []time.Time {
	list := make([]time.Time, count)
	for i := range list {
		list[i] = s.after(from, to, to.Sub(from))
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}

// comments makes what people said about the task: mostly nothing or little.
func (s site) comments(task uuid.UUID, c course) {
	count := s.choose(45, 31, 16, 8)
	to := c.last
	if c.status.Unfinished() {
		to = s.now
	}
	said := s.words.comments[c.template.row.Kind]
	first := s.IntN(len(said))
	for i, at := range s.instants(count, c.created, to) {
		author := c.assignee
		if author == uuid.Nil || s.chance(0.4) {
			author = pick(s.random, pick(s.random, [][]uuid.UUID{s.leads, s.associates}))
		}
		s.rows.Comments = append(s.rows.Comments, tasks.CopyCommentsParams{
			ID: s.id(at), StoreID: s.rows.Store.ID, TaskID: task, AuthorID: author,
			Body: said[(first+i)%len(said)], CreatedAt: at,
		})
	}
}
