package postgres

import (
	pgxdecimal "github.com/jackc/pgx-shopspring-decimal"
	"github.com/jackc/pgx/v5/pgtype"
)

// RegisterTypes makes a connection read and write the types that modules use.
func RegisterTypes(types *pgtype.Map) {
	registerUUID(types)
	pgxdecimal.Register(types)
}
