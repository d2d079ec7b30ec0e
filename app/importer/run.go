package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"aisle/store"
	"aisle/store/events"
	"aisle/store/postgres"
)

const (
	maxBatchRows = 500 // a batch holds the lock for about 50 ms
	maxAttempts  = 3   // of a batch that conflicts with another transaction
)

// rowHandler implements the rules for the rows of one kind of entity.
type rowHandler[R any] interface {
	// parse parses a row. It has no side effects, and is also called for lines that may turn out not to be rows.
	parse(c *cells) R
	// checkDuplicate compares a valid row with earlier rows. It reports whether the row repeats one, or returns the field and
	// the reason of a conflict.
	checkDuplicate(row R, line int) (repeats bool, field, reason string)
	// mergeKey returns the key that is unique in a batch: rows with the same key are merged.
	mergeKey(row R) string
	// merge merges a row into an earlier row of the batch with the same key.
	merge(into *R, row R)
	// save upserts a batch in the transaction of a command.
	save(ctx context.Context, tx *store.Tx, rows []R) (batchResult, error)
}

// batchResult is the result of saving a batch.
type batchResult struct {
	regions []string // codes of created regions
	results []rowResult
}

// rowResult is the result of saving a row; field and reason are set if it was rejected.
type rowResult struct {
	change        store.UpsertResult
	field, reason string
}

// entry is a valid row of the file.
type entry struct {
	record

	index       int  // of the batch's row that it became or was merged into
	isDuplicate bool // it repeats an earlier row or was merged into one
}

// batch is a set of rows that are saved in one transaction.
type batch[R any] struct {
	rows       []R
	indexByKey map[string]int
	entries    []entry
	rejected   []reject
	empty      int
}

func (b *batch[R]) size() int { return len(b.entries) + len(b.rejected) }

// importer is one run of an import.
type importer[R any] struct {
	commands *store.CommandRunner
	options  Options
	in       *input
	header   *header
	handler  rowHandler[R]
	rejects  *rejectsFile
	regions  map[string]bool
	report   Report
}

func run[R any](
	ctx context.Context, pool *postgres.Pool, file string, o Options, kind entityKind, newHandler func(*header) (rowHandler[R], error),
) (report Report, err error) {
	started := time.Now()
	if err := events.CreatePartitions(ctx, pool); err != nil {
		return Report{}, err
	}
	in, err := openInput(file)
	if err != nil {
		return Report{}, err
	}
	defer in.Close() //nolint:errcheck // only read
	reader, header, err := readStart(in, o, kind)
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", file, err)
	}
	handler, err := newHandler(header)
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", file, err)
	}
	reader.isValidRow = func(values []string) bool {
		c := cells{header: header, values: values}
		handler.parse(&c)
		return len(c.problems) == 0
	}
	rejects, err := newRejectsFile(file, o.Rejects, reader.delimiter, header)
	if err != nil {
		return Report{}, err
	}
	i := importer[R]{
		commands: store.NewCommandRunner(pool, time.Now, func(context.Context, uuid.UUID, store.Position) {}),
		options:  o, in: in, header: header, handler: handler, rejects: rejects, regions: map[string]bool{},
		report: Report{kind: kind, File: file, DryRun: o.DryRun, ByColumn: map[string]int{}},
	}
	err = errors.Join(i.importAll(ctx, reader), rejects.close())
	i.report.Elapsed, i.report.EarlierRejects = time.Since(started), rejects.earlier
	return i.report, err
}

// readStart reads the header and maps the columns.
func readStart(in io.Reader, o Options, kind entityKind) (*reader, *header, error) {
	delimiter, err := parseDelimiter(o.Delimiter)
	if err != nil {
		return nil, nil, err
	}
	lines, err := newLineReader(in, o.Encoding)
	if err != nil {
		return nil, nil, err
	}
	reader, names, err := readHeader(lines, delimiter)
	if err != nil {
		return nil, nil, err
	}
	header, err := newHeader(names, kind.fields(), o)
	return reader, header, err
}

// delimiterNames are the accepted values of --delimiter.
const delimiterNames = "auto, comma, semicolon, tab, pipe"

func parseDelimiter(name string) (byte, error) {
	switch name {
	case "", "auto":
		return 0, nil
	case "comma", ",":
		return ',', nil
	case "semicolon", ";":
		return ';', nil
	case "tab", "\t":
		return '\t', nil
	case "pipe", "|":
		return '|', nil
	}
	return 0, fmt.Errorf("invalid --delimiter %q: want one of %s", name, delimiterNames)
}

// importAll imports the file batch by batch.
func (i *importer[R]) importAll(ctx context.Context, reader *reader) error {
	b := &batch[R]{indexByKey: map[string]int{}}
	for {
		rec, err := reader.next()
		ended := errors.Is(err, io.EOF)
		switch {
		case ended:
		case err != nil:
			return err
		default:
			i.add(b, rec)
		}
		if b.size() >= maxBatchRows || ended {
			if err := i.commit(ctx, b); err != nil {
				return i.wrapInterruption(ctx, err)
			}
			b = &batch[R]{indexByKey: map[string]int{}}
		}
		if ended {
			return nil
		}
	}
}

// wrapInterruption adds to an error how many rows were imported and how to go on.
func (i *importer[R]) wrapInterruption(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("stopped after %s; run the same command again to import the rest: %w", countNoun(i.report.Rows, "row", "rows"), err)
}

// add parses a record and adds it to the batch.
func (i *importer[R]) add(b *batch[R], rec record) {
	if rec.empty {
		b.empty++
		return
	}
	if rec.splitErr != "" {
		b.rejected = append(b.rejected, reject{rec, []problem{{"", rec.splitErr}}})
		return
	}
	c := cells{header: i.header, values: rec.fields}
	row := i.handler.parse(&c)
	repeats := false
	if len(c.problems) == 0 {
		var field, reason string
		if repeats, field, reason = i.handler.checkDuplicate(row, rec.line); reason != "" {
			c.addProblemf(field, "%s", reason)
		}
	}
	if len(c.problems) > 0 {
		b.rejected = append(b.rejected, reject{rec, c.problems})
		return
	}
	key := i.handler.mergeKey(row)
	at, known := b.indexByKey[key]
	if known {
		i.handler.merge(&b.rows[at], row)
	} else {
		at = len(b.rows)
		b.indexByKey[key] = at
		b.rows = append(b.rows, row)
	}
	b.entries = append(b.entries, entry{rec, at, repeats || known})
}

// commit saves a batch, writes its rejects, and then updates the report.
func (i *importer[R]) commit(ctx context.Context, b *batch[R]) error {
	if err := ctx.Err(); err != nil {
		return err //nolint:wrapcheck // the caller wraps it
	}
	done, err := i.save(ctx, b.rows)
	if err != nil {
		return err
	}
	next := i.report
	next.Empty += b.empty
	for _, e := range b.entries {
		r := done.results[e.index]
		if r.reason != "" {
			b.rejected = append(b.rejected, reject{e.record, []problem{{i.header.label(r.field), r.reason}}})
			continue
		}
		next = next.addRow(r.change, e.isDuplicate)
	}
	if err := i.rejects.write(b.rejected); err != nil {
		return err
	}
	next = next.addRejects(b.rejected)
	for _, code := range done.regions {
		i.regions[code] = true
	}
	next.Regions, next.RejectsFile = len(i.regions), i.rejects.writtenPath()
	i.report = next
	if i.options.Progress != nil {
		i.options.Progress(Progress{Rows: next.Rows, Bytes: i.in.bytesRead, Total: i.in.size})
	}
	return nil
}

// errDryRun rolls a transaction back.
var errDryRun = errors.New("dry run")

// save upserts rows in a transaction. It retries if the transaction conflicts with another one.
func (i *importer[R]) save(ctx context.Context, rows []R) (done batchResult, err error) {
	if len(rows) == 0 {
		return batchResult{}, nil
	}
	for range maxAttempts {
		done, err = store.Run(ctx, i.commands, store.Command{Name: "import", Locks: []store.Lock{i.report.kind.lock}},
			func(ctx context.Context, tx *store.Tx) (batchResult, error) {
				done, err := i.handler.save(ctx, tx, rows)
				if err == nil && i.options.DryRun {
					err = errDryRun
				}
				return done, err
			})
		if !isRetryable(err) {
			break
		}
	}
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return done, err
}

// isRetryable reports whether PostgreSQL rolled a transaction back because of a concurrent one.
func isRetryable(err error) bool {
	const uniqueViolation, serializationFailure, deadlock = "23505", "40001", "40P01"
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
		return pg.Code == uniqueViolation || pg.Code == serializationFailure || pg.Code == deadlock
	}
	return false
}
