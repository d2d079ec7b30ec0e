package graph

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"
)

// MarshalDateTime writes an instant as RFC 3339 in UTC.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		var buffer [40]byte
		quoted := append(buffer[:0], '"')
		quoted = t.UTC().AppendFormat(quoted, time.RFC3339Nano)
		_, _ = w.Write(append(quoted, '"')) // the executor's writer is a buffer, which does not fail
	})
}

// UnmarshalDateTime reads an instant with any offset, and gives it in UTC.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("a DateTime is a string such as 2026-03-01T17:30:00Z, not %v", v)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is not a DateTime: it looks like 2026-03-01T17:30:00Z", s)
	}
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 { // by its offset: JSON cannot write it
		return time.Time{}, fmt.Errorf("%.40q is not a DateTime: in UTC its year is not 0 to 9999", s)
	}
	return t, nil
}

// MarshalDate writes the day of an instant in UTC.
func MarshalDate(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, t.UTC().Format(`"`+time.DateOnly+`"`))
	})
}

// UnmarshalDate reads a day, as its midnight in UTC.
func UnmarshalDate(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("a Date is a string such as 2026-03-01, not %v", v)
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is not a Date: it looks like 2026-03-01", s)
	}
	return t, nil
}

// MarshalDecimal writes a decimal number as a string.
func MarshalDecimal(d decimal.Decimal) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(decimalText(d))) })
}

// decimalText keeps the digits after the point that the number was given with: 3.50 stays 3.50.
func decimalText(d decimal.Decimal) string { return d.StringFixed(max(0, -d.Exponent())) }

// UnmarshalDecimal reads a decimal number from a string or from a number.
func UnmarshalDecimal(v any) (decimal.Decimal, error) {
	const longest = 40
	s := fmt.Sprint(v)
	if len(s) > longest {
		return decimal.Decimal{}, errors.New("a Decimal has at most 40 characters")
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return decimal.Decimal{}, fmt.Errorf("%q is not a Decimal: it looks like \"3.49\"", s)
	}
	return d, nil
}
