// Package app is the command: a file a subcommand, the configuration, and the wiring of all other packages.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"aisle/app/settings"
	"aisle/auth"
)

// Terminal is where a command writes: what was asked for to Out, everything else to Err.
type Terminal struct{ Out, Err io.Writer }

// answer writes what was asked for.
func (t Terminal) answerf(format string, args ...any) {
	_, _ = fmt.Fprintf(t.Out, format+"\n", args...)
}

// note writes what a person at the terminal should know.
func (t Terminal) notef(format string, args ...any) { _, _ = fmt.Fprintf(t.Err, format+"\n", args...) }

// Exit statuses.
const (
	statusOK     = 0
	statusFailed = 1 // it did not work
	statusUsage  = 2 // it was asked for in a wrong way
)

// commands are all that aisle can do.
type commands struct {
	Dev        devCommand        `cmd:"" help:"Run everything on this machine: a private PostgreSQL, Redis, a demo chain, the API and the admin page."`
	Serve      serveCommand      `cmd:"" help:"Run a node of a real chain."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the database to this version, or back."`
	Keys       keysCommand       `cmd:"" help:"List and rotate the keys that access tokens are signed with."`
	Partner    partnerCommand    `cmd:"" help:"Make and list partners, and the secrets of their systems."`
	Operations operationsCommand `cmd:"" help:"Register and list the documents that clients send."`
	Doctor     doctorCommand     `cmd:"" help:"Say what is wrong with the database, Redis, the settings and the node here, and what to do. Exits 0 when all is well, 1 with warnings, 2 with faults."`
	Kpis       kpisCommand       `cmd:"" help:"Make the stores' key figures anew."`
	Seed       seedCommand       `cmd:"" help:"Fill an empty database with a demo chain."`
	Import     importCommand     `cmd:"" help:"Read stores or products from a CSV file."`
	Schema     schemaCommand     `cmd:"" help:"Print the GraphQL schema."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

// Run runs the command that the arguments and the AISLE_* variables describe, until it is done or ctx ends. It returns
// the exit status.
func Run(ctx context.Context, args []string, t Terminal) int {
	exited := -1
	parser, err := kong.New(&commands{},
		kong.Name("aisle"),
		kong.Description("The GraphQL backend of a retail chain's store operations."),
		kong.UsageOnError(),
		kong.Vars{"scopes": string(auth.FullPartnerScopes())},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(t.Out, t.Err),
		kong.Exit(func(status int) { exited = status }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(t),
		settings.Mappers(),
	)
	if err != nil { // the tags above are wrong
		panic(err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help was asked for
		return exited
	}
	if err != nil {
		t.notef("aisle: %v", err)
		return statusUsage
	}
	err = command.Run()
	if status := exitStatus(0); errors.As(err, &status) {
		return int(status)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		t.notef("aisle: %v", err)
		return statusFailed
	}
	return statusOK
}
