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

var somebody = auth.Viewer{EmployeeID: uuid.UUID{1}, SessionID: uuid.UUID{2}, Role: auth.RoleAdmin}

func revoke(t *testing.T, db store.DB, employee uuid.UUID) {
	t.Helper()
	err := access.NewService(db).RevokeAccessTokens(t.Context(), employee, "", uuid.NullUUID{}, uuid.NullUUID{}, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
}

func newFollower(db store.DB, log *slog.Logger) (*access.RevocationPoller, *auth.RevocationList) {
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

// Transactions do not commit in the order in which they begin: the one that takes long is seen, too.
func TestARevocationThatIsCommittedLateIsRead(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	follower, revoked := newFollower(pool, slog.New(slog.DiscardHandler))
	slow, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	revoke(t, slow, somebody.EmployeeID)
	for range 3 {
		revoke(t, pool, store.NewID())
		load(t, follower)
	}
	if revoked.IsRevoked(somebody) {
		t.Fatal("it is not committed")
	}

	if err := slow.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	load(t, follower)

	if !revoked.IsRevoked(somebody) {
		t.Error("it was missed")
	}
}

func TestWhatIsRevokedAgainIsReadAgain(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	follower, revoked := newFollower(pool, slog.New(slog.DiscardHandler))
	revoke(t, pool, somebody.EmployeeID)
	load(t, follower)
	err := access.NewService(pool).RevokeAccessTokens(t.Context(), somebody.EmployeeID, auth.RoleAdmin, uuid.NullUUID{}, uuid.NullUUID{}, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}

	load(t, follower)

	if revoked.IsRevoked(somebody) {
		t.Error("who is back is out")
	}
}

// notes keeps what was logged.
type notes struct {
	mu   sync.Mutex
	text strings.Builder
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) count(words string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Count(n.text.String(), words)
}

// eventually waits until it is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !so() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		}
	}
}

// Who is out stays out while PostgreSQL is away, and the log says once that it is.
func TestANodeFollowsAndKeepsToWhatItKnowsWhilePostgreSQLIsAway(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	log := &notes{}
	follower, revoked := newFollower(pool, slog.New(slog.NewTextHandler(log, nil)))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- follower.Run(ctx) }()
	revoke(t, pool, somebody.EmployeeID)
	follower.Wake()
	eventually(t, "somebody is out", func() bool { return revoked.IsRevoked(somebody) })

	pool.Close()

	eventually(t, "the node notices", func() bool { return log.count("cannot be read") == 1 })
	if !revoked.IsRevoked(somebody) {
		t.Error("who was out is in")
	}
	stop()
	if err := <-done; err != nil || log.count("cannot be read") != 1 {
		t.Errorf("%v, and %d complaints", err, log.count("cannot be read"))
	}
}

func TestCleaningRemovesWhatIsOverAndNothingElse(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	at := &clock{now}
	sessions, tries := access.NewService(pool), access.NewLoginAttempts(pool, at.Now)
	follower := access.NewRevocationPoller(pool, auth.NewRevocationList(at.Now), slog.New(slog.DiscardHandler), at.Now)
	refresh, err := auth.NewRefreshTokens([]byte(strings.Repeat("s", 32)))
	if err != nil {
		t.Fatal(err)
	}
	begin := func(expiresAt time.Time) uuid.UUID {
		use := access.TokenGrant{Token: refresh.Issue(store.NewID()), At: now, ExpiresAt: expiresAt, AccessUntil: now.Add(time.Hour)}
		if err := sessions.BeginSession(t.Context(), somebody.EmployeeID, use); err != nil {
			t.Fatal(err)
		}
		return use.Token.SessionID
	}
	try := func(name byte, good bool) {
		names := auth.AttemptKeys{Account: []byte{name, 1}, Network: []byte{name, 2}, Both: []byte{name, 3}}
		if err := tries.Begin(t.Context(), names); err != nil {
			t.Fatal(err)
		}
		if !good {
			return
		}
		if err := tries.Succeed(t.Context(), names); err != nil {
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
	if ended, err := sessions.EndSession(t.Context(), somebody.EmployeeID, begin(now.AddDate(0, 1, 0)), now); !ended || err != nil {
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
		{26 * time.Hour, [3]int{1, 0, 1}}, // where somebody has signed in is known for longer
		{91 * 24 * time.Hour, [3]int{0, 0, 0}},
	} {
		at.now = now.Add(step.later)
		if err := follower.DeleteExpired(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := count(); left != step.left {
			t.Errorf("after %v there are %v, want %v", step.later, left, step.left)
		}
	}
}
