// Package tasks is the module of the work in stores: templates, tasks, their steps and comments.
package tasks
