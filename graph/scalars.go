package graph

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"

	"aisle/store"
)

// dateTimeLayout is RFC 3339 with exactly three fraction digits. A fixed width is what mobile clients can parse with one format.
const dateTimeLayout = "2006-01-02T15:04:05.000Z07:00"

// MarshalDateTime marshals an instant in UTC with three fraction digits. Further digits are cut off.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		var buffer [40]byte
		quoted := append(buffer[:0], '"')
		quoted = t.UTC().AppendFormat(quoted, dateTimeLayout)
		_, _ = w.Write(append(quoted, '"')) // the executor's writer is a buffer, which does not fail
	})
}

// UnmarshalDateTime parses an instant with any offset. The result is in UTC.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("a DateTime is a string such as 2026-03-01T17:30:00Z, not %s", store.Quote(fmt.Sprint(v)))
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is not a DateTime. Send RFC 3339, for example 2026-03-01T17:30:00Z", store.Quote(s))
	}
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 { // possible with an offset; json.Marshal fails for such years
		return time.Time{}, fmt.Errorf("%s is not a DateTime. In UTC its year must be 0 to 9999", store.Quote(s))
	}
	return t, nil
}

// MarshalDate marshals the day of an instant in UTC.
func MarshalDate(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, t.UTC().Format(`"`+time.DateOnly+`"`))
	})
}

// UnmarshalDate parses a day as its midnight in UTC.
func UnmarshalDate(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("a Date is a string such as 2026-03-01, not %s", store.Quote(fmt.Sprint(v)))
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is not a Date. Send ISO 8601, for example 2026-03-01", store.Quote(s))
	}
	return t, nil
}

// localDateTimeLayouts are ISO 8601 to the minute and to the second.
//
//nolint:gochecknoglobals // a constant
var localDateTimeLayouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05"}

// MarshalLocalDateTime marshals a date and time without a timezone.
func MarshalLocalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(t.Format(localDateTimeLayouts[1])))
	})
}

// UnmarshalLocalDateTime parses a date and time without a timezone. The result has them in UTC.
func UnmarshalLocalDateTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("a LocalDateTime is a string such as 2026-03-01T18:00, not %s", store.Quote(fmt.Sprint(v)))
	}
	for _, layout := range localDateTimeLayouts {
		if t, err := time.Parse(layout, s); err == nil && len(s) == len(layout) { // time.Parse also accepts fractions
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s is not a LocalDateTime. Send ISO 8601 without a timezone, for example 2026-03-01T18:00", store.Quote(s))
}

// MarshalDecimal marshals a decimal number as a string.
func MarshalDecimal(d decimal.Decimal) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(decimalText(d))) })
}

// decimalText keeps the number of decimals: 3.50 stays 3.50.
func decimalText(d decimal.Decimal) string { return d.StringFixed(max(0, -d.Exponent())) }

// UnmarshalDecimal parses a decimal number from a string or a number.
func UnmarshalDecimal(v any) (decimal.Decimal, error) {
	const maxLen = 40
	s := fmt.Sprint(v)
	if len(s) > maxLen {
		return decimal.Decimal{}, fmt.Errorf("%s is too long for a Decimal, which has at most %d characters", store.Quote(s), maxLen)
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return decimal.Decimal{}, fmt.Errorf("%s is not a Decimal. Send a number as a string, for example \"3.49\"", store.Quote(s))
	}
	return d, nil
}
