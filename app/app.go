// Package app implements the aisle command, with a file for each subcommand.
package app

import (
	"context"
	"errors"

	"github.com/alecthomas/kong"

	"aisle/app/settings"
	"aisle/auth"
)

// Exit statuses.
const (
	statusOK     = 0
	statusFailed = 1 // the command failed
	statusUsage  = 2 // the flags, arguments or settings are invalid
)

// commands are the subcommands of aisle.
type commands struct {
	Dev        devCommand        `cmd:"" help:"Run everything on this machine: a private PostgreSQL, Redis, a demo chain, the API and the admin page."`
	Serve      serveCommand      `cmd:"" help:"Run a node in production."`
	Migrate    migrateCommand    `cmd:"" help:"Migrate the database to this version, or back."`
	Keys       keysCommand       `cmd:"" help:"List and rotate the keys that sign access tokens."`
	Partner    partnerCommand    `cmd:"" help:"Create and list partners, and manage their client secrets."`
	Operations operationsCommand `cmd:"" help:"Register and list the operations of clients."`
	Doctor     doctorCommand     `cmd:"" help:"Check the database, Redis, the settings and the node on this machine, and report problems with their remedies. Exit status: 0 if all checks are ok, 1 with warnings, 2 with critical findings."`
	KPIs       kpiCommand        `cmd:"" name:"kpis" help:"Rebuild the KPIs of stores."`
	Seed       seedCommand       `cmd:"" help:"Fill an empty database with a demo chain."`
	Import     importCommand     `cmd:"" help:"Import stores or products from a CSV file."`
	Schema     schemaCommand     `cmd:"" help:"Print the GraphQL schema."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

// Run runs the command that the arguments and the AISLE_* variables describe, until it has finished or ctx ends. It returns
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
	if exited >= 0 { // --help was given
		return exited
	}
	if err != nil {
		t.notef("aisle: %v", err)
		return statusUsage
	}
	err = command.Run()
	if status := exitError(0); errors.As(err, &status) {
		return int(status)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		t.notef("aisle: %v", err)
		return statusFailed
	}
	return statusOK
}
