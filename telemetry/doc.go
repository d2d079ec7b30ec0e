// Package telemetry provides the logger, the Prometheus metrics and the OpenTelemetry traces of a process.
// It imports no other package of this module.
package telemetry
