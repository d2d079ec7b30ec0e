// Package migrations embeds the SQL migrations, in goose's format.
package migrations

import "embed"

// FS has the migrations. Their order is that of their names.
//
//go:embed *.sql
var FS embed.FS
