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
	batchRows = 500 // of a transaction: a lock is held for some 50 ms, and that is the most that an interruption undoes
	attempts  = 3   // of a batch that lost a race
)

// source are the rules for one kind of file.
type source[R any] interface {
	// parse reads a row. It keeps nothing of it, and is asked about lines that may not be rows, too.
	parse(c *cells) R
	// twice compares a good row with those before it: whether it says the same as one, or why it may not.
	twice(row R, line int) (repeats bool, field, why string)
	// key is what may be once only in a batch.
	key(row R) string
	// merge adds what a row says to an earlier row of the batch with the same key.
	merge(into *R, row R)
	// save upserts a batch in a command's transaction.
	save(ctx context.Context, tx *store.Tx, rows []R) (saved, error)
}

// saved is what became of a batch.
type saved struct {
	regions []string // codes of those that were created
	results []result
}

// result is what became of one row; field and why only when it was refused.
type result struct {
	change     store.UpsertResult
	field, why string
}

// entry is a row of the file that is on its way into the database.
type entry struct {
	record

	row     int  // which row of the batch it has become or was merged into
	repeats bool // it says what an earlier row says, or only adds to it
}

// batch are rows that are saved in one transaction.
type batch[R any] struct {
	rows     []R
	at       map[string]int
	entries  []entry
	rejected []reject
	empty    int
}

func (b *batch[R]) size() int { return len(b.entries) + len(b.rejected) }

// importer is one run.
type importer[R any] struct {
	commands *store.CommandRunner
	options  Options
	in       *input
	header   *header
	source   source[R]
	rejects  *rejectsFile
	regions  map[string]bool
	report   Report
}

func run[R any](
	ctx context.Context, pool *postgres.Pool, file string, o Options, kind kind, rules func(*header) (source[R], error),
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
	reader, header, err := prepare(in, o, kind)
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", file, err)
	}
	source, err := rules(header)
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", file, err)
	}
	reader.good = func(values []string) bool {
		c := cells{header: header, values: values}
		source.parse(&c)
		return len(c.problems) == 0
	}
	rejects, err := newRejectsFile(file, o.Rejects, reader.delimiter, header)
	if err != nil {
		return Report{}, err
	}
	i := importer[R]{
		commands: store.NewCommandRunner(pool, time.Now, func(context.Context, uuid.UUID, store.Position) {}),
		options:  o, in: in, header: header, source: source, rejects: rejects, regions: map[string]bool{},
		report: Report{kind: kind, File: file, DryRun: o.DryRun, ByColumn: map[string]int{}},
	}
	err = errors.Join(i.all(ctx, reader), rejects.close())
	i.report.Elapsed, i.report.EarlierRejects = time.Since(started), rejects.earlier
	return i.report, err
}

// prepare reads the header and finds the columns.
func prepare(in io.Reader, o Options, kind kind) (*reader, *header, error) {
	delimiter, err := delimiterNamed(o.Delimiter)
	if err != nil {
		return nil, nil, err
	}
	lines, err := newLines(in, o.Encoding)
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

// delimiterNames are what a user can choose from.
const delimiterNames = "auto, comma, semicolon, tab, pipe"

func delimiterNamed(name string) (byte, error) {
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
	return 0, fmt.Errorf("--delimiter %s is none of %s", name, delimiterNames)
}

// all imports batch after batch.
func (i *importer[R]) all(ctx context.Context, reader *reader) error {
	b := &batch[R]{at: map[string]int{}}
	for {
		rec, err := reader.next()
		ended := errors.Is(err, io.EOF)
		switch {
		case ended:
		case err != nil:
			return err
		default:
			i.take(b, rec)
		}
		if b.size() >= batchRows || ended {
			if err := i.commit(ctx, b); err != nil {
				return i.interrupted(ctx, err)
			}
			b = &batch[R]{at: map[string]int{}}
		}
		if ended {
			return nil
		}
	}
}

// interrupted tells what the error means for the run.
func (i *importer[R]) interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("stopped after %s, which are done; the same command again does the rest: %w", count(i.report.Rows, "row", "rows"), err)
}

// take parses a record into the batch.
func (i *importer[R]) take(b *batch[R], rec record) {
	if rec.empty {
		b.empty++
		return
	}
	if rec.broken != "" {
		b.rejected = append(b.rejected, reject{rec, []problem{{"", rec.broken}}})
		return
	}
	c := cells{header: i.header, values: rec.fields}
	row := i.source.parse(&c)
	repeats := false
	if len(c.problems) == 0 {
		var field, why string
		if repeats, field, why = i.source.twice(row, rec.line); why != "" {
			c.failf(field, "%s", why)
		}
	}
	if len(c.problems) > 0 {
		b.rejected = append(b.rejected, reject{rec, c.problems})
		return
	}
	key := i.source.key(row)
	at, known := b.at[key]
	if known {
		i.source.merge(&b.rows[at], row)
	} else {
		at = len(b.rows)
		b.at[key] = at
		b.rows = append(b.rows, row)
	}
	b.entries = append(b.entries, entry{rec, at, repeats || known})
}

// commit saves a batch, writes its rejects, and only then reports it.
func (i *importer[R]) commit(ctx context.Context, b *batch[R]) error {
	if err := ctx.Err(); err != nil {
		return err //nolint:wrapcheck // the caller says it
	}
	done, err := i.save(ctx, b.rows)
	if err != nil {
		return err
	}
	next := i.report
	next.Empty += b.empty
	for _, e := range b.entries {
		r := done.results[e.row]
		if r.why != "" {
			b.rejected = append(b.rejected, reject{e.record, []problem{{i.header.label(r.field), r.why}}})
			continue
		}
		next = next.with(r.change, e.repeats)
	}
	if err := i.rejects.write(b.rejected); err != nil {
		return err
	}
	next = next.without(b.rejected)
	for _, code := range done.regions {
		i.regions[code] = true
	}
	next.Regions, next.RejectsFile = len(i.regions), i.rejects.written()
	i.report = next
	if i.options.Progress != nil {
		i.options.Progress(Progress{Rows: next.Rows, Bytes: i.in.read, Total: i.in.size})
	}
	return nil
}

// errDryRun rolls a transaction back.
var errDryRun = errors.New("dry run")

// save upserts rows in a transaction of their own, again when another one was faster.
func (i *importer[R]) save(ctx context.Context, rows []R) (done saved, err error) {
	if len(rows) == 0 {
		return saved{}, nil
	}
	for range attempts {
		done, err = store.Run(ctx, i.commands, store.Command{Name: "import", Locks: []store.Lock{i.report.kind.lock}},
			func(ctx context.Context, tx *store.Tx) (saved, error) {
				done, err := i.source.save(ctx, tx, rows)
				if err == nil && i.options.DryRun {
					err = errDryRun
				}
				return done, err
			})
		if !lostRace(err) {
			break
		}
	}
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return done, err
}

// lostRace says whether PostgreSQL undid a transaction because of what another one did at the same time.
func lostRace(err error) bool {
	const uniqueViolation, serializationFailure, deadlock = "23505", "40001", "40P01"
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
		return pg.Code == uniqueViolation || pg.Code == serializationFailure || pg.Code == deadlock
	}
	return false
}
