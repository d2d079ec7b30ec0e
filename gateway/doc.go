// Package gateway executes one operation, whatever transport it came by. Execute is the pipeline: document, response cache,
// authorization, quota, execution, response.
// Every operation passes the steps in pipeline.go: a new step belongs there. The packages below it hold the parts: document, limits, quota,
// responsecache, subscription, and apierror, the errors of all of them.
package gateway
