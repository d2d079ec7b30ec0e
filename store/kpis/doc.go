// Package kpis is the module of the stores' key performance indicators (KPIs): completed tasks and customer feedback, per
// store and day. A Projector derives its rows from the event log, or rebuilds them from the other modules' rows.
//
// A day is a day of the store: from midnight to midnight in its time zone. A task counts on the day on which it was
// completed, unless it was rejected since; feedback counts on the day on which it was submitted.
package kpis
