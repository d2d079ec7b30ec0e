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

// BundleContents is what a bundle contains in addition to what the doctor collects.
type BundleContents struct {
	Findings []Finding
	Settings map[string]string // of Aisle, by variable; WriteBundle redacts secrets
	LogFile  string            // empty for none
	Version  string
}

// bundleFile is a file in a bundle.
type bundleFile struct {
	name string
	read func(ctx context.Context) ([]byte, error)
}

// WriteBundle writes a .tar.gz with the data for an incident review, without secrets. Data that cannot be collected is listed in
// missing.txt.
func (d *Doctor) WriteBundle(ctx context.Context, w io.Writer, e BundleContents) error {
	zipped := gzip.NewWriter(w)
	archive := tar.NewWriter(zipped)
	var missing bytes.Buffer
	redactText := redact.New(d.config.Secret, append([]string{d.config.DatabaseURL, d.config.RedisURL}, d.config.ReplicaURLs...)...).Text
	add := func(name string, text []byte) error {
		header := &tar.Header{Name: "aisle-doctor/" + name, Mode: 0o600, Size: int64(len(text)), ModTime: d.config.Now()}
		if err := archive.WriteHeader(header); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		_, err := archive.Write(text)
		if err != nil {
			return fmt.Errorf("%s: %w", "write "+name, err)
		}
		return nil
	}
	for _, p := range d.bundleFiles(e) {
		text, err := d.collect(ctx, p)
		if err != nil {
			fmt.Fprintf(&missing, "%s: %s\n", p.name, redactText(err.Error()))
			continue
		}
		if p.name != profileName { // a profile is not text: it has addresses and names of functions
			text = []byte(redactText(string(text)))
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
		return fmt.Errorf("close the bundle: %w", err)
	}
	if err := zipped.Close(); err != nil {
		return fmt.Errorf("close the bundle: %w", err)
	}
	return nil
}

func (d *Doctor) collect(ctx context.Context, p bundleFile) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, d.config.Timeout)
	defer cancel()
	return p.read(ctx)
}

const profileName = "heap.pprof"

func (d *Doctor) bundleFiles(e BundleContents) []bundleFile {
	return []bundleFile{
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
		{"configuration.json", func(context.Context) ([]byte, error) { return marshalIndent(e.Settings) }},
		{"settings.json", databaseJSON(d, d.changedSettings)},
		{"activity.json", databaseJSON(d, d.activities)},
		{"locks.json", databaseJSON(d, pgstats.ListLocks)},
		{"connections.json", databaseJSON(d, pgstats.CountConnections)},
		{"tables.json", databaseJSON(d, pgstats.ListDeadTupleTables)},
		{"metrics.txt", d.adminPage("/metrics")},
		{"goroutines.txt", d.adminPage("/debug/pprof/goroutine?debug=1")},
		{profileName, d.adminPage("/debug/pprof/heap")},
		{"log.txt", func(context.Context) ([]byte, error) { return readTail(e.LogFile) }},
	}
}

// adminPage reads a page from the node's admin address.
func (d *Doctor) adminPage(path string) func(ctx context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		status, text, err := d.getAdmin(ctx, path)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("the node responds with status %d", status)
		}
		return text, err
	}
}

// databaseJSON reads a value from PostgreSQL and marshals it.
func databaseJSON[T any](d *Doctor, read func(ctx context.Context, db store.DB) (T, error)) func(ctx context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		if d.pool == nil {
			return nil, errNoDatabase
		}
		value, err := read(ctx, d.pool)
		if err != nil {
			return nil, err
		}
		return marshalIndent(value)
	}
}

// secretSettings matches the settings of PostgreSQL that may contain a password.
var secretSettings = regexp.MustCompile(`conninfo|passphrase|password|secret|_command`)

func (d *Doctor) changedSettings(ctx context.Context, db store.DB) ([]pgstats.Setting, error) {
	list, err := pgstats.ListChangedSettings(ctx, db)
	for i := range list {
		if secretSettings.MatchString(list[i].Name) && list[i].Value != "" && list[i].Name != "password_encryption" {
			list[i].Value = redact.Placeholder
		}
	}
	return list, err
}

// activities returns the activity of PostgreSQL. Literals in statements are redacted: clients other than Aisle may send values in them.
func (d *Doctor) activities(ctx context.Context, db store.DB) ([]pgstats.Activity, error) {
	list, err := pgstats.ListActivity(ctx, db)
	for i := range list {
		list[i].Statement = redactLiterals(list[i].Statement)
	}
	return list, err
}

// readTail reads the end of a file.
func readTail(file string) ([]byte, error) {
	const maxBytes = 1 << 20
	if file == "" {
		return nil, errors.New("--log is missing")
	}
	f, err := os.Open(file) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	if info, err := f.Stat(); err == nil && info.Size() > maxBytes {
		if _, err := f.Seek(-maxBytes, io.SeekEnd); err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, maxBytes))
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	return text, nil
}

func marshalIndent(value any) ([]byte, error) {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("marshal JSON: %w", err)
	}
	return append(text, '\n'), nil
}
