package demo

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"aisle/store/tasks"
)

// addTask adds the rows of a task, its steps and its comments.
func (s site) addTask(c taskHistory) {
	t := c.template.row
	id := s.id(c.created)
	c = s.addSteps(id, c)
	product := s.pickProduct(c.template)
	row := tasks.CopyTasksParams{
		ID: id, StoreID: s.rows.Store.ID, TemplateID: c.template.nullID(), Title: c.template.titleFor(product),
		Instructions: t.Instructions, Kind: t.Kind, Priority: s.priority(t.Priority), Status: c.status,
		DueAt: c.due, StartedAt: timeOrNil(c.started), CompletedAt: timeOrNil(c.completed),
		Version: c.version, CreatedAt: c.created, UpdatedAt: c.updated,
	}
	if product != nil {
		row.ProductID = nullUUID(product.id)
	}
	if c.assignee != uuid.Nil {
		row.AssigneeID = nullUUID(c.assignee)
	}
	s.rows.Tasks = append(s.rows.Tasks, row)
	s.addComments(id, c)
}

// timeOrNil returns nil for a zero time.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// pickProduct returns a product for a task of the template, or nil if its tasks have none.
func (s site) pickProduct(t *template) *product {
	goods := s.products
	switch {
	case t.product == noProduct:
		return nil
	case t.product == perishable && len(s.perishables) > 0:
		goods = s.perishables
	}
	return &goods[s.IntN(len(goods))]
}

// priority returns the priority of the template, and sometimes another one.
func (s site) priority(preset tasks.Priority) tasks.Priority {
	if s.chance(0.9) {
		return preset
	}
	return pick(s.random, []tasks.Priority{tasks.PriorityLow, tasks.PriorityNormal, tasks.PriorityHigh})
}

// addSteps adds the steps of a task. It marks steps as done according to the history, and counts them in the version.
func (s site) addSteps(task uuid.UUID, c taskHistory) taskHistory {
	all := c.template.steps
	done := 0
	switch {
	case !c.completed.IsZero():
		done = len(all)
	case !c.started.IsZero():
		done = s.IntN(len(all))
	}
	at := s.randomTimes(done, c.started, c.ended)
	for i, st := range all {
		row := tasks.CopyStepsParams{
			ID: s.id(c.created), StoreID: s.rows.Store.ID, TaskID: task, Position: stepPosition(i),
			Title: st.title, Required: st.required,
		}
		if i < done && (st.required || s.chance(0.75)) {
			row.Done, row.DoneAt, row.DoneByID = true, &at[i], nullUUID(c.assignee)
			if s.chance(0.12) {
				row.DoneByID = nullUUID(pick(s.random, s.associates))
			}
			c.version++
			c.updated = later(c.updated, at[i])
		}
		s.rows.Steps = append(s.rows.Steps, row)
	}
	return c
}

// randomTimes returns count sorted times between two times.
func (s site) randomTimes(count int, from, to time.Time) []time.Time {
	list := make([]time.Time, count)
	for i := range list {
		list[i] = s.timeAfter(from, to, to.Sub(from))
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}

// addComments adds the comments of a task.
func (s site) addComments(task uuid.UUID, c taskHistory) {
	count := s.pickWeighted(45, 31, 16, 8)
	to := c.updated
	if c.status.Unfinished() {
		to = s.now
	}
	bodies := s.seedData.comments[c.template.row.Kind]
	first := s.IntN(len(bodies))
	for i, at := range s.randomTimes(count, c.created, to) {
		author := c.assignee
		if author == uuid.Nil || s.chance(0.4) {
			author = pick(s.random, pick(s.random, [][]uuid.UUID{s.leads, s.associates}))
		}
		s.rows.Comments = append(s.rows.Comments, tasks.CopyCommentsParams{
			ID: s.id(at), StoreID: s.rows.Store.ID, TaskID: task, AuthorID: author,
			Body: bodies[(first+i)%len(bodies)], CreatedAt: at,
		})
	}
}

// site is what the tasks of a store are made from.
type site struct {
	random
	calendar

	seedData    seedData
	products    []product // in stock
	perishables []product
	leads       []uuid.UUID // the manager and the supervisors
	associates  []uuid.UUID
	rows        *storeRows
}

// taskHistory is the history of a task.
type taskHistory struct {
	template                  *template
	status                    tasks.Status
	assignee                  uuid.UUID // zero for an OPEN task
	due, created, updated     time.Time // updated is the time of the last change
	started, completed, ended time.Time // ended is the end of work, or now while in progress; zero if it was not started
	version                   int32
}
