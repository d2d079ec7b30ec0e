package access_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
	"aisle/store/access"
)

var testViewer = auth.Viewer{EmployeeID: uuid.UUID{1}, SessionID: uuid.UUID{2}, Role: auth.RoleAdmin}

func revoke(t *testing.T, db store.DB, employee uuid.UUID) {
	t.Helper()
	err := access.NewService(db).RevokeAccessTokens(t.Context(), employee, "", uuid.NullUUID{}, uuid.NullUUID{}, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
}

func newPoller(db store.DB, log *slog.Logger) (*access.RevocationPoller, *auth.RevocationList) {
	clock := &clock{now}
	revoked := auth.NewRevocationList(clock.Now)
	return access.NewRevocationPoller(db, revoked, log, clock.Now), revoked
}

func load(t *testing.T, f *access.RevocationPoller) {
	t.Helper()
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Transactions do not commit in the order in which they begin. A late commit must be read, too.
func TestLateCommitIsRead(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	poller, revoked := newPoller(pool, slog.New(slog.DiscardHandler))
	slow, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	revoke(t, slow, testViewer.EmployeeID)
	for range 3 {
		revoke(t, pool, store.NewID())
		load(t, poller)
	}
	if revoked.IsRevoked(testViewer) {
		t.Fatal("the revocation is not committed yet")
	}

	if err := slow.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	load(t, poller)

	if !revoked.IsRevoked(testViewer) {
		t.Error("the revocation was missed")
	}
}

func TestChangedRevocationIsReadAgain(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	poller, revoked := newPoller(pool, slog.New(slog.DiscardHandler))
	revoke(t, pool, testViewer.EmployeeID)
	load(t, poller)
	err := access.NewService(pool).RevokeAccessTokens(t.Context(), testViewer.EmployeeID, auth.RoleAdmin, uuid.NullUUID{}, uuid.NullUUID{}, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}

	load(t, poller)

	if revoked.IsRevoked(testViewer) {
		t.Error("a token with the current role is revoked")
	}
}

// A logBuffer collects log output.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) count(text string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Count(b.text.String(), text)
}

// eventually waits for a condition.
func eventually(t *testing.T, description string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("timed out: %s", description)
		}
	}
}

// Known revocations stay in force while PostgreSQL is unavailable, and the outage is logged once.
func TestPollerKeepsRevocationsDuringAnOutage(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	log := &logBuffer{}
	poller, revoked := newPoller(pool, slog.New(slog.NewTextHandler(log, nil)))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- poller.Run(ctx) }()
	revoke(t, pool, testViewer.EmployeeID)
	poller.Wake()
	eventually(t, "the token is revoked", func() bool { return revoked.IsRevoked(testViewer) })

	pool.Close()

	eventually(t, "the outage is logged", func() bool { return log.count("cannot read revocations") == 1 })
	if !revoked.IsRevoked(testViewer) {
		t.Error("the revocation was lifted")
	}
	stop()
	if err := <-done; err != nil || log.count("cannot read revocations") != 1 {
		t.Errorf("%v, and %d warnings", err, log.count("cannot read revocations"))
	}
}

func TestDeleteExpiredDeletesNothingElse(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	at := &clock{now}
	sessions, attempts := access.NewService(pool), access.NewLoginAttempts(pool, at.Now)
	poller := access.NewRevocationPoller(pool, auth.NewRevocationList(at.Now), slog.New(slog.DiscardHandler), at.Now)
	refresh, err := auth.NewRefreshTokens([]byte(strings.Repeat("s", 32)))
	if err != nil {
		t.Fatal(err)
	}
	begin := func(expiresAt time.Time) uuid.UUID {
		use := access.TokenGrant{Token: refresh.Issue(store.NewID()), At: now, ExpiresAt: expiresAt, AccessUntil: now.Add(time.Hour)}
		if err := sessions.BeginSession(t.Context(), testViewer.EmployeeID, use); err != nil {
			t.Fatal(err)
		}
		return use.Token.SessionID
	}
	try := func(name byte, succeed bool) {
		names := auth.AttemptKeys{Account: []byte{name, 1}, Network: []byte{name, 2}, AccountNetwork: []byte{name, 3}}
		if err := attempts.Begin(t.Context(), names); err != nil {
			t.Fatal(err)
		}
		if !succeed {
			return
		}
		if err := attempts.Succeed(t.Context(), names); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (n [3]int) {
		err := pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM access.session), (SELECT count(*) FROM access.revocation),
			(SELECT count(*) FROM access.try)`).Scan(&n[0], &n[1], &n[2])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	begin(now.Add(time.Hour)) // expires
	begin(now.AddDate(0, 1, 0))
	if ended, err := sessions.EndSession(t.Context(), testViewer.EmployeeID, begin(now.AddDate(0, 1, 0)), now); ended == nil || err != nil {
		t.Fatal(ended, err)
	}
	try('x', false)
	try('y', true)
	for _, step := range []struct {
		later time.Duration
		left  [3]int
	}{
		{30 * time.Minute, [3]int{3, 1, 5}},
		{2 * time.Hour, [3]int{3, 0, 5}},
		{26 * time.Hour, [3]int{1, 0, 1}}, // a successful login from a network is remembered longer
		{91 * 24 * time.Hour, [3]int{0, 0, 0}},
	} {
		at.now = now.Add(step.later)
		if err := poller.DeleteExpired(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := count(); left != step.left {
			t.Errorf("after %v there are %v, want %v", step.later, left, step.left)
		}
	}
}
