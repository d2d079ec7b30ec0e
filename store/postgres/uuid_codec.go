package postgres

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
)

// A uuidCodec scans PostgreSQL's binary format into uuid.UUID. Without it, pgx would see that uuid.UUID is an sql.Scanner,
// and format each value as text to parse it again. A page of tasks with their steps has 600 of them.
type uuidCodec struct{ pgxuuid.UUIDCodec }

var _ pgtype.Codec = uuidCodec{}

func registerUUID(types *pgtype.Map) {
	pgxuuid.Register(types)
	types.RegisterType(&pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: uuidCodec{}})
}

// PlanScan is called once for each column of a result.
func (c uuidCodec) PlanScan(types *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan { //nolint:ireturn // pgx's interface
	if format == pgtype.BinaryFormatCode {
		switch target.(type) {
		case *uuid.UUID:
			return scanUUID{}
		case *uuid.NullUUID:
			return scanNullUUID{}
		}
	}
	return c.UUIDCodec.PlanScan(types, oid, format, target)
}

type scanUUID struct{}

// Scan reads a UUID that is not null.
func (scanUUID) Scan(source []byte, target any) error {
	if source == nil {
		return errors.New("cannot scan NULL into a uuid.UUID")
	}
	return copyUUID(source, target.(*uuid.UUID)) //nolint:forcetypeassert,errcheck // see PlanScan
}

type scanNullUUID struct{}

// Scan reads a UUID or null.
func (scanNullUUID) Scan(source []byte, target any) error {
	id := target.(*uuid.NullUUID) //nolint:forcetypeassert,errcheck // see PlanScan
	if id.Valid = source != nil; !id.Valid {
		id.UUID = uuid.Nil
		return nil
	}
	return copyUUID(source, &id.UUID)
}

func copyUUID(source []byte, target *uuid.UUID) error {
	if len(source) != len(target) {
		return fmt.Errorf("cannot scan a UUID of %d bytes: it must have %d", len(source), len(target))
	}
	copy(target[:], source)
	return nil
}
