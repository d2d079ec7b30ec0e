package demo

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// What a store has to do and has done.
const (
	unfinishedTasks = 60
	overdueTasks    = 6 // of the unfinished
	finishedTasks   = 300
	finishedDays    = 60 // over so many days
)

// site is a store at work: what its tasks are made from.
type site struct {
	random
	calendar

	words       words
	goods       []good // that are stocked
	perishables []good
	leads       []uuid.UUID // the manager and the supervisors
	associates  []uuid.UUID
	rows        *storeRows
}

// course is what happens to one task.
type course struct {
	template                  *template
	status                    tasks.Status
	assignee                  uuid.UUID // of an OPEN task nobody
	due, created, last        time.Time // last is when it changed
	started, completed, until time.Time // until is when work on it ended, or has come to now; zero when it did not
	version                   int32
}

// work makes the store's tasks.
func (p *plan) work(r random, c calendar, goods []good, rows *storeRows) {
	until, ever := working(rows.Store.Status, p.options.Now)
	if !ever {
		return
	}
	c.now = until
	s := site{random: r, calendar: c, words: p.words, goods: goods, rows: rows}
	s.perishables = slices.DeleteFunc(slices.Clone(goods), func(g good) bool { return g.keeps == 0 })
	lead := rows.Employees[:1+supervisors]
	s.leads, s.associates = idsOf(lead), idsOf(rows.Employees[len(lead):])
	rows.Tasks = make([]tasks.CopyTasksParams, 0, unfinishedTasks+finishedTasks)
	rows.Steps = make([]tasks.CopyStepsParams, 0, 5*cap(rows.Tasks))
	rows.Comments = make([]tasks.CopyCommentsParams, 0, cap(rows.Tasks))
	for i := range finishedTasks {
		s.add(s.finished(1 + i%finishedDays))
	}
	if rows.Store.Status == stores.StatusClosed {
		return
	}
	for i := range unfinishedTasks {
		due := s.dueAhead()
		if i < overdueTasks {
			due = s.dueBehind()
		}
		s.add(s.unfinished(due))
	}
}

func idsOf(people []staff.CopyEmployeesParams) []uuid.UUID {
	list := make([]uuid.UUID, len(people))
	for i, e := range people {
		list[i] = e.ID
	}
	return list
}

// dueAhead is when a task is due that can still be on time: today or on one of the next days.
func (s site) dueAhead() time.Time {
	for days := s.choose(45, 30, 15, 10); ; days++ {
		from, to := s.opening(days)
		if due, ok := s.moment(s.random, later(from, s.now.Add(tick)), to); ok {
			return due
		}
	}
}

// dueBehind is when a task was due that is late: today or on one of the last days.
func (s site) dueBehind() time.Time {
	for days := -s.between(0, 1); ; days-- {
		from, to := s.opening(days)
		if due, ok := s.moment(s.random, from, earlier(to, s.now.Add(-tick))); ok {
			return due
		}
	}
}

// kind chooses what a task is and whose: deliveries and incidents are the supervisors' more often.
func (s site) kind() (*template, uuid.UUID) {
	total := 0
	for i := range s.words.templates {
		total += s.words.templates[i].weight
	}
	left, t := s.IntN(total), &s.words.templates[0]
	for i := range s.words.templates {
		if t = &s.words.templates[i]; left < t.weight {
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

// unfinished makes the course of a task that is still to be done.
func (s site) unfinished(due time.Time) course {
	t, assignee := s.kind()
	c := course{template: t, due: due, assignee: assignee, version: 1}
	before := earlier(due, s.now)
	switch s.choose(40, 40, 20) {
	case 0:
		c.status, c.assignee = tasks.StatusOpen, uuid.Nil
		c.created = s.ahead(before)
		c.last = c.created
	case 1:
		c.status = tasks.StatusAssigned
		c.created = s.ahead(before)
		c.last = s.after(c.created, before, 6*time.Hour)
		c.version++
	default:
		c.status = tasks.StatusInProgress
		opened, last := s.lastOpen()
		c.started = later(opened, last.Add(-s.duration(5*time.Minute, 90*time.Minute)))
		c.created = s.ahead(earlier(before, c.started))
		c.last, c.until = c.started, last
		c.version += 2 // assigned and started
	}
	return c
}

// ahead is when a task was made that people had to know of at an instant.
func (s site) ahead(of time.Time) time.Time {
	return of.Add(-s.duration(20*time.Minute, 30*time.Hour)).Truncate(time.Second)
}

// finished makes the course of a task that was due so many days ago, and is done or will not be.
func (s site) finished(days int) course {
	t, assignee := s.kind()
	c := course{template: t, assignee: assignee, version: 2}
	opened, closes := s.opening(-days)
	c.due, _ = s.moment(s.random, opened.Add(30*time.Minute), closes)
	status := s.choose(60, 33, 7)
	if status == 2 {
		c.status = tasks.StatusCancelled
		c.created = s.ahead(c.due)
		c.last = s.after(c.created, c.due, 20*time.Hour)
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
	c.until, c.last = c.completed, c.completed
	c.created = s.ahead(earlier(c.started, c.due))
	c.status = tasks.StatusDone
	c.version = 4 // made, assigned, started, completed; the steps come to it
	if status == 0 {
		c.status = tasks.StatusVerified
		c.last = s.after(c.completed.Add(time.Minute), s.now, 8*time.Hour)
		c.version++
	}
	return c
}
