package importer

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"aisle/store"
)

// rejectColumns stand before the file's own columns in a rejects file, and are passed over when it is imported.
//
//nolint:gochecknoglobals // a list cannot be a constant
var rejectColumns = []string{"reject_line", "reject_column", "reject_reason"}

// reject is a row that cannot be taken.
type reject struct {
	record

	problems []problem
}

// rejectsFile is made when the first row is rejected. It is UTF-8 with a byte order mark, for spreadsheets and so that
// it can be read with any --encoding.
type rejectsFile struct {
	path      string
	delimiter byte
	header    *header
	file      *os.File
	earlier   string // where those of an earlier run are kept; empty when they are not
}

const (
	beforeSuffix = ".before" // of the rejects of an earlier run, while this one goes on
	oldSuffix    = ".old"    // of those that say more than this run's: somebody may have corrected them
)

// newRejectsFile finds out where rejects go, and puts away those of an earlier run. It never touches a file that is
// something else.
func newRejectsFile(input, path string, delimiter byte, h *header) (*rejectsFile, error) {
	if path == "" {
		base := filepath.Base(input)
		path = strings.TrimSuffix(base, filepath.Ext(base)) + ".rejects.csv"
	}
	f := &rejectsFile{path: path, delimiter: delimiter, header: h}
	old, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err = os.Stat(filepath.Dir(path)); err == nil { // else the first bad row would end the import, wherever it is
			return f, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("rejects file: %w", err)
	}
	if in, err := os.Stat(input); err == nil && os.SameFile(in, old) {
		return nil, fmt.Errorf("the rejects would overwrite the file itself: say --rejects FILE with another name than %s", path)
	}
	if err := mayReplace(path, old); err != nil {
		return nil, err
	}
	if !old.Mode().IsRegular() { // such as /dev/null
		return f, nil
	}
	return f, putAway(path)
}

// putAway takes the rejects of an earlier run out of the way. When a run was killed since then, its own are the ones that go.
func putAway(path string) error {
	for _, suffix := range []string{oldSuffix, beforeSuffix} {
		info, err := os.Stat(path + suffix)
		if err == nil {
			err = mayReplace(path+suffix, info)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil && suffix == beforeSuffix {
			return store.Wrap("remove the rejects of an interrupted run", os.Remove(path))
		}
	}
	return store.Wrap("put the rejects of an earlier run away", os.Rename(path, path+beforeSuffix))
}

// settle keeps the rejects of an earlier run, unless this run's say all that they say.
func (f *rejectsFile) settle() error {
	before, err := os.ReadFile(f.path + beforeSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the rejects of an earlier run: %w", err)
	}
	if now, _ := os.ReadFile(f.path); bytes.HasPrefix(now, before) { // there may be none now
		return store.Wrap("remove the rejects of an earlier run", os.Remove(f.path+beforeSuffix))
	}
	f.earlier = f.path + oldSuffix
	return store.Wrap("keep the rejects of an earlier run", os.Rename(f.path+beforeSuffix, f.earlier))
}

// mayReplace refuses what is no file of rejects.
func mayReplace(path string, info fs.FileInfo) error {
	ours, err := isRejects(path, info)
	if err == nil && !ours {
		err = fmt.Errorf("%s is there and holds something else than rejects: say --rejects FILE with another name", path)
	}
	return err
}

func isRejects(path string, info fs.FileInfo) (bool, error) {
	if info.IsDir() {
		return false, fmt.Errorf("--rejects %s is a folder: say the name of a file", path)
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return true, nil
	}
	file, err := os.Open(path) //nolint:gosec // the user says which
	if err != nil {
		return false, fmt.Errorf("rejects file: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	start, _ := bufio.NewReader(file).Peek(len(utf8BOM) + len(rejectColumns[0]))
	return string(start) == utf8BOM+rejectColumns[0], nil
}

// write appends a batch's rejects, in the order of the lines.
func (f *rejectsFile) write(rejects []reject) error {
	if len(rejects) == 0 {
		return nil
	}
	var b strings.Builder
	out := csv.NewWriter(&b)
	out.Comma = rune(f.delimiter)
	if f.file == nil {
		file, err := os.Create(f.path)
		if err != nil {
			return fmt.Errorf("make the rejects file: %w", err)
		}
		f.file = file
		b.WriteString(utf8BOM)
		_ = out.Write(append(slices.Clone(rejectColumns), f.header.names[f.header.skip:]...)) // a strings.Builder takes all
	}
	slices.SortStableFunc(rejects, func(a, b reject) int { return cmp.Compare(a.line, b.line) })
	for _, r := range rejects {
		_ = out.Write(r.row(f.header.skip))
	}
	out.Flush()
	if _, err := f.file.WriteString(b.String()); err != nil {
		return fmt.Errorf("write the rejects file: %w", err)
	}
	return nil
}

// row is the reject as the file has it. Bytes that are no text are marked, so that the file stays a text.
func (r reject) row(skip int) []string {
	var columns []string
	reasons := make([]string, len(r.problems))
	for i, p := range r.problems {
		if !slices.Contains(columns, p.column) {
			columns = append(columns, p.column)
		}
		reasons[i] = p.reason
	}
	own := r.fields[min(skip, len(r.fields)):]
	row := make([]string, 0, len(rejectColumns)+len(own))
	row = append(row, strconv.Itoa(r.line), strings.Join(columns, "; "), strings.Join(reasons, " "))
	for _, value := range own {
		row = append(row, printable(value))
	}
	return row
}

// printable puts the mark of a lost character where there is none.
func printable(s string) string {
	const lost = string(utf8.RuneError)
	return strings.ReplaceAll(strings.ToValidUTF8(s, lost), "\x00", lost)
}

// written is the file's name; empty when nothing was rejected.
func (f *rejectsFile) written() string {
	if f.file == nil {
		return ""
	}
	return f.path
}

func (f *rejectsFile) close() error {
	if f.file != nil {
		if err := f.file.Close(); err != nil {
			return fmt.Errorf("close the rejects file: %w", err)
		}
	}
	return f.settle()
}
