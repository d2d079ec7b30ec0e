// Package migrations embeds the SQL files that make the database, in goose's format.
package migrations

import "embed"

// FS has the migrations, in the order of their names.
//
//go:embed *.sql
var FS embed.FS
