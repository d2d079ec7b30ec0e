package demo

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// The number of tasks of a store.
const (
	unfinishedTasks = 60
	overdueTasks    = 6 // of the unfinished tasks
	finishedTasks   = 300
	finishedDays    = 60 // days over which finished tasks are distributed
)

// addTasks adds the tasks of the store.
func (p *plan) addTasks(r random, c calendar, goods []product, rows *storeRows) {
	until, ever := workedUntil(rows.Store.Status, p.options.Now)
	if !ever {
		return
	}
	c.now = until
	s := site{random: r, calendar: c, seedData: p.seedData, products: goods, rows: rows}
	s.perishables = slices.DeleteFunc(slices.Clone(goods), func(g product) bool { return g.shelfLifeDays == 0 })
	lead := rows.Employees[:1+supervisors]
	s.leads, s.associates = employeeIDs(lead), employeeIDs(rows.Employees[len(lead):])
	rows.Tasks = make([]tasks.CopyTasksParams, 0, unfinishedTasks+finishedTasks)
	rows.Steps = make([]tasks.CopyStepsParams, 0, 5*cap(rows.Tasks))
	rows.Comments = make([]tasks.CopyCommentsParams, 0, cap(rows.Tasks))
	for i := range finishedTasks {
		s.addTask(s.finishedTask(1 + i%finishedDays))
	}
	if rows.Store.Status == stores.StatusClosed {
		return
	}
	for i := range unfinishedTasks {
		due := s.futureDue()
		if i < overdueTasks {
			due = s.pastDue()
		}
		s.addTask(s.unfinishedTask(due))
	}
}

func employeeIDs(people []staff.CopyEmployeesParams) []uuid.UUID {
	list := make([]uuid.UUID, len(people))
	for i, e := range people {
		list[i] = e.ID
	}
	return list
}

// futureDue returns a due time after now, today or on one of the next days.
func (s site) futureDue() time.Time {
	for days := s.pickWeighted(45, 30, 15, 10); ; days++ {
		from, to := s.opening(days)
		if due, ok := s.randomTime(s.random, later(from, s.now.Add(dueTimeStep)), to); ok {
			return due
		}
	}
}

// pastDue returns a due time before now, today or on one of the last days.
func (s site) pastDue() time.Time {
	for days := -s.between(0, 1); ; days-- {
		from, to := s.opening(days)
		if due, ok := s.randomTime(s.random, from, earlier(to, s.now.Add(-dueTimeStep))); ok {
			return due
		}
	}
}

// pickTemplate returns a random template and an assignee. Deliveries and incidents are more often assigned to supervisors.
func (s site) pickTemplate() (*template, uuid.UUID) {
	total := 0
	for i := range s.seedData.templates {
		total += s.seedData.templates[i].weight
	}
	left, t := s.IntN(total), &s.seedData.templates[0]
	for i := range s.seedData.templates {
		if t = &s.seedData.templates[i]; left < t.weight {
			break
		}
		left -= t.weight
	}
	lead := 0.08
	if t.row.Kind == tasks.KindDelivery || t.row.Kind == tasks.KindIncident {
		lead = 0.4
	}
	if s.chance(lead) {
		return t, pick(s.random, s.leads)
	}
	return t, pick(s.random, s.associates)
}

// unfinishedTask makes the history of an unfinished task.
func (s site) unfinishedTask(due time.Time) taskHistory {
	t, assignee := s.pickTemplate()
	c := taskHistory{template: t, due: due, assignee: assignee, version: 1}
	before := earlier(due, s.now)
	switch s.pickWeighted(40, 40, 20) {
	case 0:
		c.status, c.assignee = tasks.StatusOpen, uuid.Nil
		c.created = s.createdBefore(before)
		c.updated = c.created
	case 1:
		c.status = tasks.StatusAssigned
		c.created = s.createdBefore(before)
		c.updated = s.timeAfter(c.created, before, 6*time.Hour)
		c.version++
	default:
		c.status = tasks.StatusInProgress
		opened, last := s.lastOpen()
		c.started = later(opened, last.Add(-s.duration(5*time.Minute, 90*time.Minute)))
		c.created = s.createdBefore(earlier(before, c.started))
		c.updated, c.ended = c.started, last
		c.version += 2 // assigned and started
	}
	return c
}

// createdBefore returns a creation time some time before an instant.
func (s site) createdBefore(at time.Time) time.Time {
	return at.Add(-s.duration(20*time.Minute, 30*time.Hour)).Truncate(time.Second)
}

// finishedTask makes the history of a task that was due a number of days ago and is finished or cancelled.
func (s site) finishedTask(days int) taskHistory {
	t, assignee := s.pickTemplate()
	c := taskHistory{template: t, assignee: assignee, version: 2}
	opened, closes := s.opening(-days)
	c.due, _ = s.randomTime(s.random, opened.Add(30*time.Minute), closes)
	status := s.pickWeighted(60, 33, 7)
	if status == 2 {
		c.status = tasks.StatusCancelled
		c.created = s.createdBefore(c.due)
		c.updated = s.timeAfter(c.created, c.due, 20*time.Hour)
		if s.chance(0.5) {
			c.assignee = uuid.Nil
		} else {
			c.version++
		}
		return c
	}
	takes := time.Duration(t.minutes) * time.Minute
	c.completed = c.due.Add(-s.duration(0, 4*time.Hour))
	if s.chance(0.12) {
		c.completed = earlier(closes, c.due.Add(s.duration(time.Minute, 3*time.Hour)))
	}
	c.started = later(opened, c.completed.Add(-s.duration(takes/2, takes*3/2)))
	c.completed = later(c.completed, c.started.Add(s.duration(2*time.Minute, 20*time.Minute)))
	c.ended, c.updated = c.completed, c.completed
	c.created = s.createdBefore(earlier(c.started, c.due))
	c.status = tasks.StatusCompleted
	c.version = 4 // created, assigned, started, completed; addSteps adds the steps
	if status == 0 {
		c.status = tasks.StatusVerified
		c.updated = s.timeAfter(c.completed.Add(time.Minute), s.now, 8*time.Hour)
		c.version++
	}
	return c
}
