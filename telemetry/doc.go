// Package telemetry makes the log and the metrics of a process. It imports nothing else of this project.
package telemetry
