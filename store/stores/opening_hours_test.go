package stores

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"aisle/store"
)

// hours parses opening periods such as "MONDAY 08:00 to 20:00, SUNDAY 10:00 to 16:00".
func hours(text string) (list []OpeningPeriod) {
	for one := range strings.SplitSeq(text, ", ") {
		words := strings.Fields(one)
		list = append(list, OpeningPeriod{Weekday(words[0]), words[1], words[3]})
	}
	return list
}

func TestOpeningHours(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{ // opening hours, and the field and the message of the error
		"MONDAY 08:00 to 20:00":                                               "",
		"MONDAY 00:00 to 23:59":                                               "",
		"MONDAY 08:00 to 12:00, MONDAY 12:00 to 20:00":                        "",
		"MONDAY 18:00 to 02:00, TUESDAY 02:00 to 03:00":                       "",
		"SUNDAY 18:00 to 02:00, MONDAY 02:00 to 03:00":                        "",
		"MONDAY 00:00 to 00:00, TUESDAY 00:00 to 00:00":                       "",
		"SUNDAY 00:00 to 00:00, MONDAY 00:00 to 00:00":                        "",
		"MONDAY 08:00 to 08:00, TUESDAY 08:00 to 09:00":                       "",
		"MONDAY 08:00 to 12:00, MONDAY 11:59 to 20:00":                        "openingHours.1: The opening periods MONDAY 08:00 to 12:00 and MONDAY 11:59 to 20:00 overlap.",
		"MONDAY 11:59 to 20:00, MONDAY 08:00 to 12:00":                        "openingHours.1: The opening periods MONDAY 11:59 to 20:00 and MONDAY 08:00 to 12:00 overlap.",
		"MONDAY 08:00 to 12:00, MONDAY 08:00 to 12:00":                        "openingHours.1: The opening periods MONDAY 08:00 to 12:00 and MONDAY 08:00 to 12:00 overlap.",
		"MONDAY 18:00 to 02:00, TUESDAY 01:59 to 03:00":                       "openingHours.1: The opening periods MONDAY 18:00 to 02:00 and TUESDAY 01:59 to 03:00 overlap.",
		"FRIDAY 08:00 to 09:00, SUNDAY 18:00 to 02:00, MONDAY 01:59 to 03:00": "openingHours.2: The opening periods SUNDAY 18:00 to 02:00 and MONDAY 01:59 to 03:00 overlap.",
		"MONDAY 01:59 to 03:00, SUNDAY 18:00 to 02:00":                        "openingHours.1: The opening periods MONDAY 01:59 to 03:00 and SUNDAY 18:00 to 02:00 overlap.",
		"MONDAY 00:00 to 00:00, MONDAY 23:59 to 00:00":                        "openingHours.1: The opening periods MONDAY 00:00 to 00:00 and MONDAY 23:59 to 00:00 overlap.",
		"MONDAY 08:00 to 08:00, TUESDAY 07:59 to 09:00":                       "openingHours.1: The opening periods MONDAY 08:00 to 08:00 and TUESDAY 07:59 to 09:00 overlap.",
		"MONDAY 08:00 to 20:00, TUESDAY 08:00 to 24:00": "openingHours.1.closes: 24:00 is not a time. Send 00:00 for midnight: " +
			"a period that closes at or before the time at which it opens ends on the next day.",
		"MONDAY 24:00 to 02:00": "openingHours.0.opens: 24:00 is not a time. Send 00:00 for midnight: " +
			"a period that closes at or before the time at which it opens ends on the next day.",
		"MONDAY 8:00 to 20:00":     `openingHours.0.opens: The time must be HH:MM from 00:00 to 23:59, such as 07:30; got "8:00".`,
		"MONDAY 08:00 to 20:60":    `openingHours.0.closes: The time must be HH:MM from 00:00 to 23:59, such as 07:30; got "20:60".`,
		"MONDAY 08:00 to 20:00:00": `openingHours.0.closes: The time must be HH:MM from 00:00 to 23:59, such as 07:30; got "20:00:00".`,
		"MONDAY 25:00 to 20:00":    `openingHours.0.opens: The time must be HH:MM from 00:00 to 23:59, such as 07:30; got "25:00".`,
	} {
		got := ""
		if userErr, ok := errors.AsType[*store.UserError](validateHours(hours(text))); ok {
			got = strings.Join(userErr.Field, ".") + ": " + userErr.Message
			if userErr.Code != store.CodeInvalid {
				t.Errorf("%s: code %s", text, userErr.Code)
			}
		}
		if got != want {
			t.Errorf("%s:\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestOpeningHoursAreLimited(t *testing.T) {
	t.Parallel()
	list := make([]OpeningPeriod, 51)
	for i := range list {
		list[i] = OpeningPeriod{weekdays()[i%7], fmt.Sprintf("%02d:00", i/7), fmt.Sprintf("%02d:30", i/7)}
	}

	err := validateHours(list)

	if userErr, ok := errors.AsType[*store.UserError](err); !ok || userErr.Code != store.CodeTooMany || !slices.Equal(userErr.Field, []string{"openingHours"}) {
		t.Errorf("51 periods: got %#v", err)
	}
	if err := validateHours(list[:50]); err != nil {
		t.Errorf("50 periods: %v", err)
	}
}
