package importer

import "strings"

// manner is how strictly quotes are read.
type manner int

const (
	strict  manner = iota // as RFC 4180 has it; a quote inside an unquoted field is a letter like others
	lenient               // a quote inside a quoted field that neither ends it nor is doubled is a letter, too
	literal               // a field that is not quoted properly is taken as it stands
)

// ending is how a line ended.
type ending int

const (
	complete ending = iota
	open            // inside a quoted field: it goes on in the next line, or the quote is a mistake
	stray           // after a quote that cannot be where it is
)

// splitter splits a record into its fields, line after line as long as they end open.
type splitter struct {
	delimiter byte
	manner    manner

	fields []string
	field  strings.Builder // the quoted field that the last line left open
}

// split splits one line.
func split(text string, delimiter byte, how manner) ([]string, ending) {
	s := splitter{delimiter: delimiter, manner: how}
	end := s.first(text)
	return s.fields, end
}

func (s *splitter) first(text string) ending { return s.record(text) }

// more goes on with the next line, after one that ended open.
func (s *splitter) more(text string) ending {
	s.field.WriteByte('\n')
	rest, end := s.quoted(text)
	if end != complete || rest == done {
		return end
	}
	return s.record(text[rest:])
}

// done is the place after the last field.
const done = -1

// record splits the fields that begin in the text.
func (s *splitter) record(text string) ending {
	for {
		from := 0
		if s.manner == lenient {
			from = len(text) - len(strings.TrimLeft(text, " "))
		}
		if from == len(text) || text[from] != '"' {
			stop := strings.IndexByte(text, s.delimiter)
			if stop < 0 {
				s.fields = append(s.fields, text)
				return complete
			}
			s.fields = append(s.fields, text[:stop])
			text = text[stop+1:]
			continue
		}
		s.field.Reset()
		rest, end := s.quoted(text[from+1:])
		switch {
		case end == complete && rest == done:
			return complete
		case end == complete:
			text = text[from+1+rest:]
		case s.manner == literal:
			var last bool
			if text, last, end = s.verbatim(text); last || end != complete {
				return end
			}
		default:
			return end
		}
	}
}

// quoted reads what follows an opening quote up to the delimiter after the closing one, and answers where the next
// field begins.
func (s *splitter) quoted(text string) (rest int, end ending) {
	for i := 0; i < len(text); i++ {
		if text[i] != '"' {
			s.field.WriteByte(text[i])
			continue
		}
		after := i + 1
		if s.manner == lenient {
			for after < len(text) && text[after] == ' ' {
				after++
			}
		}
		switch {
		case after == len(text):
			s.close()
			return done, complete
		case text[after] == s.delimiter:
			s.close()
			return after + 1, complete
		case text[i+1] == '"':
			s.field.WriteByte('"')
			i++
		case s.manner == lenient:
			s.field.WriteByte('"')
		default:
			return 0, stray
		}
	}
	return 0, open
}

func (s *splitter) close() {
	s.fields = append(s.fields, s.field.String())
	s.field.Reset()
}

// verbatim takes the next field as it stands, if its quotes come in pairs.
func (s *splitter) verbatim(text string) (rest string, last bool, end ending) {
	field, rest, found := strings.Cut(text, string(s.delimiter))
	if strings.Count(field, `"`)%2 != 0 {
		return "", true, open
	}
	s.fields = append(s.fields, field)
	return rest, !found, complete
}
