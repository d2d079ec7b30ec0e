package store

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
)

// uuidCodec scans PostgreSQL's binary uuids straight into ours. pgx sees that uuid.UUID is an sql.Scanner before it asks
// anybody else, and would write each as text to read it again: a page of tasks with their steps has 600 of them.
type uuidCodec struct{ pgxuuid.UUIDCodec }

var _ pgtype.Codec = uuidCodec{}

// registerUUID makes a connection read and write uuids.
func registerUUID(types *pgtype.Map) {
	pgxuuid.Register(types)
	types.RegisterType(&pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: uuidCodec{}})
}

// PlanScan is asked once for each column of a result.
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

// Scan reads an id.
func (scanUUID) Scan(source []byte, target any) error {
	if source == nil {
		return errors.New("there is null, where a uuid.UUID was expected")
	}
	return read(source, target.(*uuid.UUID)) //nolint:forcetypeassert,errcheck // PlanScan has looked
}

type scanNullUUID struct{}

// Scan reads an id or null.
func (scanNullUUID) Scan(source []byte, target any) error {
	id := target.(*uuid.NullUUID) //nolint:forcetypeassert,errcheck // PlanScan has looked
	if id.Valid = source != nil; !id.Valid {
		id.UUID = uuid.Nil
		return nil
	}
	return read(source, &id.UUID)
}

func read(source []byte, into *uuid.UUID) error {
	if len(source) != len(into) {
		return fmt.Errorf("a uuid of %d bytes", len(source))
	}
	copy(into[:], source)
	return nil
}
