package resolvers_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"aisle/auth"
	"aisle/store"
	"aisle/store/access"
)

func sessionID(v auth.Viewer) string { return store.GlobalID(access.SessionPrefix, v.SessionID) }

// signInFrom signs an employee in from an address, with the app of the store's phones.
func (a *api) signInFrom(t *testing.T, login, password, address string) response {
	t.Helper()
	client := auth.Client{Name: "aisle-phone", Version: "4.2", Address: netip.MustParseAddr(address)}
	return a.queryIn(t, auth.WithClient(t.Context(), client), auth.Viewer{}, operation(t, "mobile/SignIn.graphql"),
		vars{"input": vars{"login": login, "password": password}})
}

func TestTheViewersSessionsAreListed(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	in := a.mustSignIn(t, "associate.n1")
	a.mustSignIn(t, "associate.n2")
	a.clock.advance(time.Minute)
	a.signInFrom(t, "associate.n1", password, "203.0.113.77")
	ended := a.mustSignIn(t, "associate.n1")
	a.mustQuery(t, ended.viewer, operation(t, "mobile/SignOut.graphql"), nil)

	got := a.mustQuery(t, in.viewer, `{ viewer { sessions { createdAt lastUsedAt expiresAt clientName clientVersion addressHint isCurrent } } }`, nil)

	want := `{"viewer":{"sessions":[` +
		`{"createdAt":"2026-03-02T17:01:00.000Z","lastUsedAt":"2026-03-02T17:01:00.000Z","expiresAt":"2026-04-01T17:01:00.000Z",` +
		`"clientName":"aisle-phone","clientVersion":"4.2","addressHint":"203.0.113.0/24","isCurrent":false},` +
		`{"createdAt":"2026-03-02T17:00:00.000Z","lastUsedAt":"2026-03-02T17:00:00.000Z","expiresAt":"2026-04-01T17:00:00.000Z",` +
		`"clientName":null,"clientVersion":null,"addressHint":null,"isCurrent":true}]}}`
	if got.JSON != want {
		t.Errorf("got  %s\nwant %s", got.JSON, want)
	}
}

// Sessions are visible to the employee and to those who may deactivate the employee.
func TestSessionsAreVisibleToTheEmployeeAndTheirManagers(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, c := range []struct {
		by, of string
		may    bool
	}{
		{"associate.n1", "associate.n1", true},
		{"supervisor.n1", "associate.n1", false},
		{"manager.n1", "associate.n1", true},
		{"manager.n1", "manager.n1", true},
		{"manager.n2", "associate.n1", false},
		{"associate.n1", "manager.n1", false},
		{"manager.n1", "region.n", false},
		{"region.n", "manager.n1", true},
		{"region.s", "manager.n1", false},
		{"region.n", "admin", false},
		{"admin", "region.n", true},
	} {
		in, by := a.mustSignIn(t, c.of), a.as(c.by)

		list := a.mustQuery(t, by, `query($id: ID!) { employee(id: $id) { sessions { id } } }`, vars{"id": a.employeeID(c.of)})
		end := a.mutate(t, by, mutation("endSession", "session { id }"), vars{"sessionId": sessionID(in.viewer)})

		if sees := strings.Contains(list.JSON, sessionID(in.viewer)); sees != c.may || (list.at("employee.sessions") != nil) != c.may {
			t.Errorf("%s sees of %s %s", c.by, c.of, list.JSON)
		}
		if want := map[bool]string{true: "", false: "NOT_FOUND"}[c.may]; end.code() != want || a.isRevoked(t, in.viewer) != c.may {
			t.Errorf("%s ends that of %s: %s", c.by, c.of, end.JSON)
		}
		if a.refreshFails(t, in.refreshToken) != c.may {
			t.Errorf("%s ended that of %s, and it goes on: or the other way round", c.by, c.of)
		}
	}
}

func TestSessionsOfManyEmployeesAreLoadedWithOneStatement(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.mustSignIn(t, "associate.n1")
	a.mustSignIn(t, "associate.n2")

	without := a.mustQuery(t, a.as("admin"), `{ employees { edges { node { id } } } }`, nil)
	with := a.mustQuery(t, a.as("admin"), `{ employees { edges { node { sessions { id } } } } }`, nil)

	if with.Statements-without.Statements != 1 || strings.Count(with.JSON, "session_") != 2 {
		t.Errorf("%d statements: %s", with.Statements-without.Statements, with.JSON)
	}
}

func TestReplayedEndSessionReturnsTheFirstResponse(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	in := a.mustSignIn(t, "associate.n1")
	end := vars{"sessionId": sessionID(in.viewer), "idempotencyKey": "k"}

	first := a.mutate(t, a.as("manager.n1"), mutation("endSession", "session { id createdAt }"), end)
	again := a.mutate(t, a.as("manager.n1"), mutation("endSession", "session { id createdAt }"), end)
	withNewKey := a.mutate(t, a.as("manager.n1"), mutation("endSession", "session { id }"), vars{"sessionId": sessionID(in.viewer)})

	if first.at("session.id") != sessionID(in.viewer) || again.JSON != first.JSON || withNewKey.code() != "NOT_FOUND" {
		t.Errorf("first %s, again %s, withNewKey %s", first.JSON, again.JSON, withNewKey.JSON)
	}
}

func TestSignOutEverywhereEndsAllOwnSessions(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	one, two, other := a.mustSignIn(t, "associate.n1"), a.mustSignIn(t, "associate.n1"), a.mustSignIn(t, "associate.n2")

	got := a.mustQuery(t, one.viewer, `mutation { signOutEverywhere { endedSessionCount userErrors { code } } }`, nil)

	if got.at("signOutEverywhere.endedSessionCount") != 2.0 {
		t.Errorf("got %s", got.JSON)
	}
	if !a.isRevoked(t, one.viewer) || !a.isRevoked(t, two.viewer) || a.isRevoked(t, other.viewer) {
		t.Error("somebody is in who should be out, or out who should be in")
	}
	if !a.refreshFails(t, one.refreshToken) || !a.refreshFails(t, two.refreshToken) || a.refreshFails(t, other.refreshToken) {
		t.Error("a session goes on that should not, or does not that should")
	}
}

// passwordChange returns the input of changePassword.
func passwordChange(from, to string) vars {
	return vars{"currentPassword": from, "newPassword": to, "idempotencyKey": from + to}
}

func TestChangePasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	here, elsewhere := a.mustSignIn(t, "associate.n1"), a.mustSignIn(t, "associate.n1")
	document := mutation("changePassword", "endedSessionCount")

	got := a.mutate(t, here.viewer, document, passwordChange(password, "another one"))
	again := a.mutate(t, here.viewer, document, passwordChange(password, "another one"))

	if got.code() != "" || got.at("endedSessionCount") != 1.0 || again.JSON != got.JSON {
		t.Errorf("got %s, again %s", got.JSON, again.JSON)
	}
	if a.isRevoked(t, here.viewer) || !a.isRevoked(t, elsewhere.viewer) || a.refreshFails(t, here.refreshToken) || !a.refreshFails(t, elsewhere.refreshToken) {
		t.Error("this session ended, or the other did not")
	}
	before, after := a.signIn(t, "associate.n1", password), a.signIn(t, "associate.n1", "another one")
	if before.at("signIn.userErrors.0.code") != "BAD_CREDENTIALS" || after.at("signIn.session") == nil {
		t.Errorf("with the old one %s, with the new one %s", before.JSON, after.JSON)
	}
	var stored int
	err := a.pool.QueryRow(t.Context(), `SELECT count(*) FROM events.command AS c
		WHERE c::text LIKE '%another one%' AND c.key NOT LIKE '%another one%'`).Scan(&stored)
	if err != nil || stored != 0 {
		t.Errorf("the password is stored in %d places (%v)", stored, err)
	}
}

func TestChangePasswordNeedsTheCurrentAndAValidNewPassword(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	in, other := a.mustSignIn(t, "associate.n1"), a.mustSignIn(t, "associate.n1")
	for name, c := range map[string]struct{ from, to, code, field string }{
		"wrong":    {"wrong", "another one", "BAD_CREDENTIALS", "currentPassword"},
		"short":    {password, "1234567", "INVALID", "newPassword"},
		"long":     {password, strings.Repeat("x", 129), "TOO_LONG", "newPassword"},
		"empty":    {password, "", "REQUIRED", "newPassword"},
		"the same": {password, password, "INVALID", "newPassword"},
	} {
		got := a.mutate(t, in.viewer, mutation("changePassword", "endedSessionCount"), vars{"currentPassword": c.from, "newPassword": c.to})
		if got.code() != c.code || got.at("userErrors.0.field.0") != c.field {
			t.Errorf("%s: %s", name, got.JSON)
		}
	}
	if a.isRevoked(t, other.viewer) || a.signIn(t, "associate.n1", password).at("signIn.session") == nil {
		t.Error("something was changed")
	}
}

// Without the check both of two concurrent changes would succeed.
func TestConcurrentPasswordChangesApplyOne(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	in := a.mustSignIn(t, "associate.n1")
	var group errgroup.Group
	codes := make([]string, 4)
	for i := range codes {
		group.Go(func() error {
			codes[i] = a.mutate(t, in.viewer, mutation("changePassword", "endedSessionCount"), passwordChange(password, fmt.Sprint("password ", i))).code()
			return nil
		})
	}
	_ = group.Wait()
	if got := strings.Join(codes, ""); got != strings.Repeat("BAD_CREDENTIALS", 3) {
		t.Errorf("answers %q", codes)
	}
}

func TestFailedSignInsAreThrottledEquallyForKnownAndUnknownLogins(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, login := range []string{"manager.n1", "nobody"} {
		for range 10 {
			if got := a.signIn(t, login, "wrong"); got.at("signIn.userErrors.0.code") != "BAD_CREDENTIALS" {
				t.Fatalf("%s: %s", login, got.JSON)
			}
		}
		got := a.signInFrom(t, login, password, "203.0.113.77") // wherever from, and though it is right
		if len(got.Errors) != 1 || got.Errors[0] != "Too many passwords were wrong. Try again in 10 seconds." {
			t.Errorf("%s: %v %s", login, got.Errors, got.JSON)
		}
	}
	if got := a.signIn(t, "manager.n2", password); got.at("signIn.session") == nil {
		t.Errorf("another account: %s", got.JSON)
	}
	a.clock.advance(10 * time.Second)
	if got := a.signIn(t, "manager.n1", password); got.at("signIn.session") == nil {
		t.Errorf("after the wait: %s", got.JSON)
	}
}

// An attacker who guesses passwords cannot lock employees out of their own network.
func TestFailedSignInsFromElsewhereDoNotLockOutAnEmployee(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.signInFrom(t, "manager.n1", password, "192.0.2.1")
	for range 12 {
		a.signInFrom(t, "manager.n1", "wrong", "203.0.113.77")
	}

	attacker, owner := a.signInFrom(t, "manager.n1", password, "203.0.113.77"), a.signInFrom(t, "manager.n1", password, "192.0.2.1")

	if len(attacker.Errors) != 1 || owner.at("signIn.session") == nil {
		t.Errorf("the attacker %s, the owner %v %s", attacker.JSON, owner.Errors, owner.JSON)
	}
}

// The database counts the attempts: of many concurrent ones, on any number of nodes, ten are checked.
func TestConcurrentFailedSignInsAreCountedOnAllNodes(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	b := newAPIOn(t, a.pool)
	document := operation(t, "mobile/SignIn.graphql")
	var group errgroup.Group
	looked := make([]bool, 40)
	for i := range looked {
		node := []*api{a, b}[i%2]
		group.Go(func() error {
			inputErr := vars{"input": vars{"login": "manager.n1", "password": "wrong"}}
			looked[i] = len(node.query(t, auth.Viewer{}, document, inputErr).Errors) == 0
			return nil
		})
	}
	_ = group.Wait()
	made := 0
	for _, yes := range looked {
		if yes {
			made++
		}
	}
	if made != 10 {
		t.Errorf("%d passwords were looked at", made)
	}
}

// For example when so many sign in at once that some time out while they wait.
func TestUncheckedPasswordIsNotAFailedAttempt(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	if _, err := a.pool.Exec(t.Context(), `ALTER TABLE access.credential RENAME TO away`); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		if got := a.query(t, auth.Viewer{}, operation(t, "mobile/SignIn.graphql"),
			vars{"input": vars{"login": "manager.n1", "password": password}}); len(got.Errors) != 1 {
			t.Fatalf("got %s", got.JSON)
		}
	}
	if _, err := a.pool.Exec(t.Context(), `ALTER TABLE access.away RENAME TO credential`); err != nil {
		t.Fatal(err)
	}

	if got := a.signIn(t, "manager.n1", password); got.at("signIn.session") == nil {
		t.Errorf("got %s", got.JSON)
	}
}

func TestChangePasswordIsThrottledLikeSignIn(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	in := a.mustSignIn(t, "manager.n1")
	a.signIn(t, "manager.n1", "wrong")
	for range 9 {
		a.mutate(t, in.viewer, mutation("changePassword", "endedSessionCount"), vars{"currentPassword": "wrong", "newPassword": "another one"})
	}

	got := a.query(t, in.viewer, mutation("changePassword", "endedSessionCount"), vars{"input": passwordChange(password, "another one")})
	signIn := a.query(t, auth.Viewer{}, operation(t, "mobile/SignIn.graphql"), vars{"input": vars{"login": "manager.n1", "password": password}})

	if len(got.Errors) != 1 || !strings.Contains(got.Errors[0], "Try again in 10 seconds") || len(signIn.Errors) != 1 {
		t.Errorf("changing %v, signing in %v", got.Errors, signIn.Errors)
	}
}

func TestDeactivationRevokesTokensAndReactivationAllowsNewOnes(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	in := a.mustSignIn(t, "associate.n1")
	foreign := in.viewer // of a foreign issuer, without a session of Aisle
	foreign.SessionID = [16]byte{}
	who := vars{"employeeId": a.employeeID("associate.n1")}

	a.mutate(t, a.as("manager.n1"), mutation("deactivateEmployee", employeeSelection), who)
	if !a.isRevoked(t, in.viewer) || !a.isRevoked(t, foreign) || !a.refreshFails(t, in.refreshToken) {
		t.Error("they are in")
	}

	a.mutate(t, a.as("manager.n1"), mutation("reactivateEmployee", employeeSelection), who)
	if back := a.mustSignIn(t, "associate.n1"); a.isRevoked(t, back.viewer) || a.isRevoked(t, foreign) || !a.isRevoked(t, in.viewer) {
		t.Error("they are out though they are back, or the session of before goes on")
	}
}

func TestMovedEmployeeGetsTokensWithTheNewAssignment(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	in := a.mustSignIn(t, "associate.n1")
	a.mutate(t, a.as("region.n"), mutation("moveEmployee", employeeSelection),
		vars{"employeeId": a.employeeID("associate.n1"), "role": "SUPERVISOR", "storeId": a.storeID("N2")})

	if !a.isRevoked(t, in.viewer) {
		t.Error("a token that says the old place is good")
	}
	got := a.refresh(t, in.refreshToken)
	now, err := a.tokens.Verify(t.Context(), fmt.Sprint(got.at("refreshSession.session.accessToken")))
	if err != nil || now.Role != auth.RoleSupervisor || now.StoreID.UUID != a.store["N2"] || a.isRevoked(t, now) {
		t.Errorf("refreshed to %+v, %v", now, err)
	}
	renamed := vars{"employeeId": a.employeeID("associate.n1"), "displayName": "Other"}
	a.mutate(t, a.as("region.n"), mutation("updateEmployee", employeeSelection), renamed)
	if a.isRevoked(t, now) {
		t.Error("another name revokes tokens")
	}
}
