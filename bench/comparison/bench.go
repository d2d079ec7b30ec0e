package main

import (
	"io"
	"time"

	"aisle/bench/harness"
)

// measureCommand measures all peers.
type measureCommand struct {
	Aisle       string        `default:"bin/aisle"        placeholder:"FILE" help:"Path of the server program."`
	Peers       string        `default:"bench/comparison" placeholder:"DIR"  help:"Directory of the peers."`
	Results     string        `default:"bench/RESULTS.md" placeholder:"FILE" help:"File to write the results to."`
	Stores      int           `default:"1000" help:"Number of stores of the demo chain."`
	People      int           `default:"15"   help:"Employees per store who poll their home screens."`
	Connections int           `default:"32"   help:"Concurrent connections."`
	Warm        time.Duration `default:"2s"   help:"Warm-up before each measurement."`
	For         time.Duration `default:"5s"   help:"Duration of each measurement."`
	Rate        float64       `placeholder:"N"   help:"Requests per second of the offered load. Default: 60 % of what the first peer serves."`
	Profiles    string        `placeholder:"DIR" help:"Directory for CPU profiles of Aisle, taken in extra runs."`
	GoOnly      bool          `help:"Skip the peers that need Node."`
	Only        []string      `placeholder:"WORKLOAD;..." sep:";" help:"Measure only these workloads and write no page: ${workloads}."`
}

// bench is a run of measurements on a harness.
type bench struct {
	*harness.Harness

	options       measureCommand
	notes         io.Writer
	population    *population
	cpuMeter      cpuMeter // no server
	referenceRate float64  // requests per second of MobileHome that the first peer serves
	results       *results
}

// Environment variables of the peers.
const (
	urlVariable         = "DATABASE_URL"
	connectionsVariable = "CONNECTIONS"
)

// connections is the number of connections to PostgreSQL of each peer, however many processes it has. It is the default of
// `aisle serve`.
const connections = 16

// postgresSettings returns settings with which the working set fits into memory and no checkpoint starts during a
// measurement.
func postgresSettings() map[string]string {
	return map[string]string{"shared_buffers": sharedBuffers, "max_wal_size": "4GB", "checkpoint_timeout": "30min"}
}

const sharedBuffers = "2GB"

// maxDuration is the time limit of a run.
const maxDuration = 10 * time.Minute
