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
)

// reject is a rejected row.
type reject struct {
	record

	problems []problem
}

// rejectsFile is created when the first row is rejected. It is UTF-8 with a byte order mark, for spreadsheets and so that it can
// be imported with any --encoding.
type rejectsFile struct {
	path      string
	delimiter byte
	header    *header
	file      *os.File
	earlier   string // path of the earlier run's rejects, if they are kept
}

const (
	earlierSuffix = ".before" // of the earlier run's rejects while this run is in progress
	oldSuffix     = ".old"    // of the earlier run's rejects, if they differ: the user may have corrected them
)

// newRejectsFile chooses the path of the rejects file and moves the one of an earlier run aside. It never overwrites other files.
func newRejectsFile(input, path string, delimiter byte, h *header) (*rejectsFile, error) {
	if path == "" {
		base := filepath.Base(input)
		path = strings.TrimSuffix(base, filepath.Ext(base)) + ".rejects.csv"
	}
	f := &rejectsFile{path: path, delimiter: delimiter, header: h}
	old, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err = os.Stat(filepath.Dir(path)); err == nil { // check now: the file is created in the middle of the import
			return f, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("rejects file: %w", err)
	}
	if in, err := os.Stat(input); err == nil && os.SameFile(in, old) {
		return nil, fmt.Errorf("the rejects file %s is the imported file: choose another name with --rejects", path)
	}
	if err := checkReplaceable(path, old); err != nil {
		return nil, err
	}
	if !old.Mode().IsRegular() { // such as /dev/null
		return f, nil
	}
	return f, moveAside(path)
}

// moveAside moves the rejects of an earlier run. If a run was killed since then, it removes the rejects of that run instead.
func moveAside(path string) error {
	for _, suffix := range []string{oldSuffix, earlierSuffix} {
		info, err := os.Stat(path + suffix)
		if err == nil {
			err = checkReplaceable(path+suffix, info)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil && suffix == earlierSuffix {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("remove the rejects of an interrupted run: %w", err)
			}
			return nil
		}
	}
	if err := os.Rename(path, path+earlierSuffix); err != nil {
		return fmt.Errorf("move the rejects of an earlier run: %w", err)
	}
	return nil
}

// resolveEarlier keeps the rejects of an earlier run, unless this run's rejects begin with them.
func (f *rejectsFile) resolveEarlier() error {
	before, err := os.ReadFile(f.path + earlierSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the rejects of an earlier run: %w", err)
	}
	if now, _ := os.ReadFile(f.path); bytes.HasPrefix(now, before) { // the file may not exist
		if err := os.Remove(f.path + earlierSuffix); err != nil {
			return fmt.Errorf("remove the rejects of an earlier run: %w", err)
		}
		return nil
	}
	f.earlier = f.path + oldSuffix
	if err := os.Rename(f.path+earlierSuffix, f.earlier); err != nil {
		return fmt.Errorf("keep the rejects of an earlier run: %w", err)
	}
	return nil
}

// checkReplaceable returns an error if the file is not a rejects file.
func checkReplaceable(path string, info fs.FileInfo) error {
	ok, err := isRejectsFile(path, info)
	if err == nil && !ok {
		err = fmt.Errorf("%s exists and is not a rejects file: choose another name with --rejects", path)
	}
	return err
}

func isRejectsFile(path string, info fs.FileInfo) (bool, error) {
	if info.IsDir() {
		return false, fmt.Errorf("--rejects %s is a directory: give the name of a file", path)
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return true, nil
	}
	file, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return false, fmt.Errorf("rejects file: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	start, _ := bufio.NewReader(file).Peek(len(utf8BOM) + len(rejectColumns[0]))
	return string(start) == utf8BOM+rejectColumns[0], nil
}

// write appends the rejects of a batch in the order of their lines.
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
			return fmt.Errorf("create the rejects file: %w", err)
		}
		f.file = file
		b.WriteString(utf8BOM)
		_ = out.Write(append(slices.Clone(rejectColumns), f.header.names[f.header.skip:]...)) // a strings.Builder returns no errors
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

// row returns the columns of the reject. Bytes that are not text are replaced.
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
		row = append(row, replaceInvalid(value))
	}
	return row
}

// writtenPath returns the path of the file, or an empty string if nothing was rejected.
func (f *rejectsFile) writtenPath() string {
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
	return f.resolveEarlier()
}
