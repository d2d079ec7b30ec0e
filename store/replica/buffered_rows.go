package replica

import (
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"aisle/store/postgres"
)

// bufferedRows hold all rows of a query. Its connection is back in the pool, so reading the rows cannot fail.
type bufferedRows struct {
	fields []pgconn.FieldDescription
	tag    pgconn.CommandTag
	rows   [][][]byte
	at     int // the current row, from 1
	types  *pgtype.Map
	err    error
}

var _ pgx.Rows = (*bufferedRows)(nil)

// bufferRows reads rows to their end.
func bufferRows(rows pgx.Rows) (*bufferedRows, error) {
	defer rows.Close()
	c := &bufferedRows{}
	var text []byte // of many values, which become one piece of memory
	for rows.Next() {
		if c.fields == nil {
			c.fields = slices.Clone(rows.FieldDescriptions())
		}
		raw := rows.RawValues()
		values := make([][]byte, len(raw))
		for i, value := range raw {
			if value != nil {
				from := len(text)
				text = append(text, value...)
				values[i] = text[from:len(text):len(text)]
			}
		}
		c.rows = append(c.rows, values)
	}
	if c.fields == nil {
		c.fields = slices.Clone(rows.FieldDescriptions())
	}
	rows.Close()
	c.tag = rows.CommandTag()
	return c, rows.Err() //nolint:wrapcheck // the query's own
}

// typeMaps pools type maps, because a pgtype.Map must not be used concurrently.
//
//nolint:gochecknoglobals // it has no state that anybody can see
var typeMaps = sync.Pool{New: func() any {
	types := pgtype.NewMap()
	postgres.RegisterTypes(types)
	return types
}}

func (c *bufferedRows) Next() bool {
	if c.err != nil || c.at >= len(c.rows) {
		c.Close()
		return false
	}
	c.at++
	return true
}

func (c *bufferedRows) Scan(into ...any) error {
	if len(into) == 1 {
		if scanner, ok := into[0].(pgx.RowScanner); ok {
			return c.failed(scanner.ScanRow(c))
		}
	}
	values := c.RawValues()
	if len(into) != len(values) {
		return c.failed(fmt.Errorf("%d columns were read, and %d are wanted", len(values), len(into)))
	}
	types := c.TypeMap()
	for i, target := range into {
		if err := types.Scan(c.fields[i].DataTypeOID, c.fields[i].Format, values[i], target); err != nil {
			return c.failed(pgx.ScanArgError{ColumnIndex: i, FieldName: c.fields[i].Name, Err: err})
		}
	}
	return nil
}

// failed ends the rows with an error, as pgx's own end.
func (c *bufferedRows) failed(err error) error {
	if err != nil && c.err == nil {
		c.err = err
		c.Close()
	}
	return err
}

func (c *bufferedRows) Values() ([]any, error) {
	values := make([]any, len(c.fields))
	for i, raw := range c.RawValues() {
		if known, ok := c.TypeMap().TypeForOID(c.fields[i].DataTypeOID); ok && raw != nil {
			var err error
			if values[i], err = known.Codec.DecodeValue(c.types, known.OID, c.fields[i].Format, raw); err != nil {
				return nil, c.failed(err)
			}
		} else if raw != nil {
			values[i] = slices.Clone(raw)
		}
	}
	return values, nil
}

func (c *bufferedRows) TypeMap() *pgtype.Map {
	if c.types == nil {
		c.types = typeMaps.Get().(*pgtype.Map) //nolint:forcetypeassert,errcheck // nothing else is in it
	}
	return c.types
}

func (c *bufferedRows) Close() {
	if c.types != nil {
		typeMaps.Put(c.types)
		c.types = nil
	}
	c.at = len(c.rows) + 1
}

func (c *bufferedRows) RawValues() [][]byte {
	if c.at < 1 || c.at > len(c.rows) {
		return nil
	}
	return c.rows[c.at-1]
}

func (c *bufferedRows) Err() error                                   { return c.err }
func (c *bufferedRows) CommandTag() pgconn.CommandTag                { return c.tag }
func (c *bufferedRows) FieldDescriptions() []pgconn.FieldDescription { return c.fields }
func (c *bufferedRows) Conn() *pgx.Conn                              { return nil }
