package main

import "time"

// options are the command-line options.
type options struct {
	Aisle     string        `default:"bin/aisle" placeholder:"FILE" help:"Path of the server program."`
	Many      int           `default:"10000" help:"Subscriptions of the large scenarios."`
	PerSocket int           `default:"10"    help:"Subscriptions per socket in the second large scenario. The first has one."`
	Few       int           `default:"100"   help:"Subscriptions of the small scenario, which measures throughput."`
	Rate      int           `default:"1000"  help:"Events per second of the load."`
	Rows      int           `default:"20"    help:"Events per mutation of the load: rows of recordStockMovements."`
	For       time.Duration `default:"20s"   help:"Duration of the load."`
	Single    int           `default:"20"    help:"Events that are sent one after the other to all subscribers."`
	Stores    int           `default:"20"    help:"Number of stores of the demo chain."`
	Profiles  string        `placeholder:"DIR" help:"Directory for profiles of the server."`
}

// maxDuration is the time limit of the whole run.
const maxDuration = 10 * time.Minute
