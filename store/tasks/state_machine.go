package tasks

import (
	"slices"
	"strings"

	"aisle/store"
)

// An action changes the status of a task. Its text is the participle in error messages.
type action string

const (
	assign   action = "assigned"
	unassign action = "unassigned"
	start    action = "started"
	check    action = "checked off"
	complete action = "completed"
	verify   action = "verified"
	reject   action = "rejected"
	cancel   action = "cancelled"
)

// A transition is an action on a task in one status, and the status that it leads to.
type transition struct {
	action   action
	from, to Status
}

// transitions are all transitions of the task state machine. docs/reference/task-states.md has a diagram.
//
//nolint:gochecknoglobals // a constant
var transitions = []transition{
	{assign, StatusOpen, StatusAssigned},
	{assign, StatusAssigned, StatusAssigned},
	{assign, StatusInProgress, StatusAssigned},

	{unassign, StatusOpen, StatusOpen},
	{unassign, StatusAssigned, StatusOpen},
	{unassign, StatusInProgress, StatusOpen},

	{start, StatusOpen, StatusInProgress}, // and assigns the task to the actor
	{start, StatusAssigned, StatusInProgress},
	{check, StatusInProgress, StatusInProgress},
	{complete, StatusInProgress, StatusCompleted},

	{verify, StatusCompleted, StatusVerified},
	{reject, StatusCompleted, StatusInProgress},

	{cancel, StatusOpen, StatusCancelled},
	{cancel, StatusAssigned, StatusCancelled},
	{cancel, StatusInProgress, StatusCancelled},
}

// next returns the status that the action leads to. The error is INVALID_TRANSITION if the action is not allowed.
func (a action) next(current Status) (Status, error) {
	var allowed []string
	for _, t := range transitions {
		if t.action == a && t.from == current {
			return t.to, nil
		}
		if t.action == a && !slices.Contains(allowed, t.from.text()) {
			allowed = append(allowed, t.from.text())
		}
	}
	return current, store.NewUserError(store.CodeInvalidTransition, "taskId",
		"The task is %s. It can be %s only when it is %s.", current.text(), a, strings.Join(allowed, " or "))
}

// text returns the status for an error message.
func (s Status) text() string { return strings.ToLower(strings.ReplaceAll(string(s), "_", " ")) }
