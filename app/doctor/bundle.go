package doctor

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"

	"aisle/app/redact"
	"aisle/store"
	"aisle/store/pgstats"
)

// Evidence is what a bundle has besides what the doctor reads by itself.
type Evidence struct {
	Findings []Finding
	Settings map[string]string // of Aisle, by variable; secrets are taken out here
	LogFile  string            // empty for none
	Version  string
}

// part is a file of a bundle.
type part struct {
	name string
	read func(ctx context.Context) ([]byte, error)
}

// WriteBundle writes what an incident review needs into a .tar.gz, with no secret in it. What cannot be had is named in
// missing.txt, and stops nothing else.
func (d *Doctor) WriteBundle(ctx context.Context, w io.Writer, e Evidence) error {
	zipped := gzip.NewWriter(w)
	archive := tar.NewWriter(zipped)
	var missing bytes.Buffer
	hide := redact.New(d.config.Secret, append([]string{d.config.DatabaseURL, d.config.RedisURL}, d.config.ReplicaURLs...)...).Text
	add := func(name string, text []byte) error {
		header := &tar.Header{Name: "aisle-doctor/" + name, Mode: 0o600, Size: int64(len(text)), ModTime: d.config.Now()}
		if err := archive.WriteHeader(header); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		_, err := archive.Write(text)
		return store.Wrap("write "+name, err)
	}
	for _, p := range d.parts(e) {
		text, err := d.collect(ctx, p)
		if err != nil {
			fmt.Fprintf(&missing, "%s: %s\n", p.name, hide(err.Error()))
			continue
		}
		if p.name != profileName { // which is no text: addresses and names of functions
			text = []byte(hide(string(text)))
		}
		if err := add(p.name, text); err != nil {
			return err
		}
	}
	if missing.Len() > 0 {
		if err := add("missing.txt", missing.Bytes()); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("end the bundle: %w", err)
	}
	return store.Wrap("end the bundle", zipped.Close())
}

func (d *Doctor) collect(ctx context.Context, p part) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, d.config.Patience)
	defer cancel()
	return p.read(ctx)
}

const profileName = "heap.pprof"

func (d *Doctor) parts(e Evidence) []part {
	return []part{
		{"doctor.txt", func(context.Context) ([]byte, error) {
			var b bytes.Buffer
			fmt.Fprintf(&b, "aisle %s, %s\n\n", e.Version, d.config.Now().UTC())
			err := WriteTable(&b, e.Findings)
			return b.Bytes(), err
		}},
		{"doctor.json", func(context.Context) ([]byte, error) {
			var b bytes.Buffer
			err := WriteJSON(&b, e.Findings)
			return b.Bytes(), err
		}},
		{"configuration.json", func(context.Context) ([]byte, error) { return indented(e.Settings) }},
		{"settings.json", fromDatabase(d, d.changedSettings)},
		{"activity.json", fromDatabase(d, d.activities)},
		{"locks.json", fromDatabase(d, pgstats.ListLocks)},
		{"connections.json", fromDatabase(d, pgstats.CountConnections)},
		{"tables.json", fromDatabase(d, pgstats.ListDeadTupleTables)},
		{"metrics.txt", d.page("/metrics")},
		{"goroutines.txt", d.page("/debug/pprof/goroutine?debug=1")},
		{profileName, d.page("/debug/pprof/heap")},
		{"log.txt", func(context.Context) ([]byte, error) { return end(e.LogFile) }},
	}
}

// page reads a page of the node's admin port.
func (d *Doctor) page(path string) func(ctx context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		status, text, err := d.admin(ctx, path)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("the node answers %d", status)
		}
		return text, err
	}
}

// fromDatabase writes what PostgreSQL tells as JSON.
func fromDatabase[T any](d *Doctor, read func(ctx context.Context, db store.DB) (T, error)) func(ctx context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		if d.pool == nil {
			return nil, errNoDatabase
		}
		value, err := read(ctx, d.pool)
		if err != nil {
			return nil, err
		}
		return indented(value)
	}
}

// hides are the settings of PostgreSQL that may have a password in them.
var hides = regexp.MustCompile(`conninfo|passphrase|password|secret|_command`)

func (d *Doctor) changedSettings(ctx context.Context, db store.DB) ([]pgstats.Setting, error) {
	list, err := pgstats.ListChangedSettings(ctx, db)
	for i := range list {
		if hides.MatchString(list[i].Name) && list[i].Value != "" && list[i].Name != "password_encryption" {
			list[i].Value = redact.Mark
		}
	}
	return list, err
}

// activities are what PostgreSQL does, without the values of statements: Aisle sends them apart, others may not.
func (d *Doctor) activities(ctx context.Context, db store.DB) ([]pgstats.Activity, error) {
	list, err := pgstats.ListActivity(ctx, db)
	for i := range list {
		list[i].Statement = withoutValues(list[i].Statement)
	}
	return list, err
}

// end is the end of a file.
func end(file string) ([]byte, error) {
	const most = 1 << 20
	if file == "" {
		return nil, errors.New("no file was given (--log)")
	}
	f, err := os.Open(file) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was read
	if info, err := f.Stat(); err == nil && info.Size() > most {
		if _, err := f.Seek(-most, io.SeekEnd); err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, most))
	return text, store.Wrap("read the log", err)
}

func indented(value any) ([]byte, error) {
	text, err := json.MarshalIndent(value, "", "  ")
	return append(text, '\n'), store.Wrap("write JSON", err)
}
