package importer

import "strings"

// dialect says how strictly quotes are parsed.
type dialect int

const (
	strict  dialect = iota // RFC 4180, but a quote inside an unquoted field is an ordinary character
	lenient                // also a quote inside a quoted field that neither ends it nor is doubled
	literal                // a field that is not quoted properly is taken literally
)

// splitState is the state at the end of a line.
type splitState int

const (
	complete  splitState = iota
	unclosed             // inside a quoted field, which continues in the next line unless the quote is a mistake
	misplaced            // at a misplaced quote
)

// splitter splits a record of one or more lines into its fields.
type splitter struct {
	delimiter byte
	dialect   dialect

	fields []string
	field  strings.Builder // the quoted field that the last line did not close
}

// split splits one line.
func split(text string, delimiter byte, dialect dialect) ([]string, splitState) {
	s := splitter{delimiter: delimiter, dialect: dialect}
	end := s.start(text)
	return s.fields, end
}

func (s *splitter) start(text string) splitState { return s.splitFields(text) }

// resume continues with the next line after an unclosed one.
func (s *splitter) resume(text string) splitState {
	s.field.WriteByte('\n')
	rest, end := s.readQuoted(text)
	if end != complete || rest == endOfText {
		return end
	}
	return s.splitFields(text[rest:])
}

// endOfText is the position after the last field.
const endOfText = -1

// splitFields splits the fields in the text.
func (s *splitter) splitFields(text string) splitState {
	for {
		from := 0
		if s.dialect == lenient {
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
		rest, end := s.readQuoted(text[from+1:])
		switch {
		case end == complete && rest == endOfText:
			return complete
		case end == complete:
			text = text[from+1+rest:]
		case s.dialect == literal:
			var last bool
			if text, last, end = s.readLiteral(text); last || end != complete {
				return end
			}
		default:
			return end
		}
	}
}

// readQuoted reads from an opening quote to the delimiter after the closing one. It returns the position of the next field.
func (s *splitter) readQuoted(text string) (rest int, end splitState) {
	for i := 0; i < len(text); i++ {
		if text[i] != '"' {
			s.field.WriteByte(text[i])
			continue
		}
		after := i + 1
		if s.dialect == lenient {
			for after < len(text) && text[after] == ' ' {
				after++
			}
		}
		switch {
		case after == len(text):
			s.endField()
			return endOfText, complete
		case text[after] == s.delimiter:
			s.endField()
			return after + 1, complete
		case text[i+1] == '"':
			s.field.WriteByte('"')
			i++
		case s.dialect == lenient:
			s.field.WriteByte('"')
		default:
			return 0, misplaced
		}
	}
	return 0, unclosed
}

func (s *splitter) endField() {
	s.fields = append(s.fields, s.field.String())
	s.field.Reset()
}

// readLiteral takes the next field literally, if its quotes are balanced.
func (s *splitter) readLiteral(text string) (rest string, last bool, end splitState) {
	field, rest, found := strings.Cut(text, string(s.delimiter))
	if strings.Count(field, `"`)%2 != 0 {
		return "", true, unclosed
	}
	s.fields = append(s.fields, field)
	return rest, !found, complete
}
