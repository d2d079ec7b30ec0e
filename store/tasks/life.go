package tasks

import (
	"slices"
	"strings"

	"aisle/store"
)

// action is something that is done to a task.
type action string

const (
	assign   action = "assigned"
	unassign action = "taken from anybody"
	start    action = "started"
	check    action = "checked off"
	complete action = "completed"
	verify   action = "verified"
	reject   action = "rejected"
	cancel   action = "cancelled"
)

// transition leads a task from one status to the next.
type transition struct {
	action   action
	from, to Status
}

// life is all that can happen to a task. docs/architecture.md draws it.
//
//nolint:gochecknoglobals // a constant in all but syntax
var life = []transition{
	{assign, StatusOpen, StatusAssigned},
	{assign, StatusAssigned, StatusAssigned},
	{assign, StatusInProgress, StatusAssigned},

	{unassign, StatusOpen, StatusOpen},
	{unassign, StatusAssigned, StatusOpen},
	{unassign, StatusInProgress, StatusOpen},

	{start, StatusOpen, StatusInProgress}, // and claims it
	{start, StatusAssigned, StatusInProgress},
	{check, StatusInProgress, StatusInProgress},
	{complete, StatusInProgress, StatusDone},

	{verify, StatusDone, StatusVerified},
	{reject, StatusDone, StatusInProgress},

	{cancel, StatusOpen, StatusCancelled},
	{cancel, StatusAssigned, StatusCancelled},
	{cancel, StatusInProgress, StatusCancelled},
}

// after is the status that an action leads to. It answers INVALID_TRANSITION where it leads nowhere.
func (a action) after(now Status) (Status, error) {
	var from []string
	for _, t := range life {
		if t.action == a && t.from == now {
			return t.to, nil
		}
		if t.action == a && !slices.Contains(from, t.from.words()) {
			from = append(from, t.from.words())
		}
	}
	return now, store.NewUserError(store.CodeInvalidTransition, "taskId",
		"This task is %s. It can be %s only when it is %s.", now.words(), a, strings.Join(from, " or "))
}

// words is the status as a person says it.
func (s Status) words() string { return strings.ToLower(strings.ReplaceAll(string(s), "_", " ")) }
