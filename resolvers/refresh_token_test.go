package resolvers_test

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"aisle/auth"
)

// mustRefresh refreshes a session and returns the new refresh token.
func (a *api) mustRefresh(t *testing.T, token string) string {
	t.Helper()
	got := a.refresh(t, token)
	next, ok := got.at("refreshSession.session.refreshToken").(string)
	if !ok || got.at("refreshSession.session.accessToken") == nil {
		t.Fatalf("the session does not go on: %s", got.JSON)
	}
	return next
}

// refreshFails reports whether a refresh token is rejected with SESSION_ENDED.
func (a *api) refreshFails(t *testing.T, token string) bool {
	t.Helper()
	got := a.refresh(t, token)
	return got.at("refreshSession.session") == nil && got.at("refreshSession.userErrors.0.code") == "SESSION_ENDED"
}

// Refresh tokens rotate as long as the session is used.
func TestRefreshTokenRotatesAtEachUse(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	token := a.mustSignIn(t, "associate.n1").refreshToken
	seen := map[string]bool{token: true}
	for range 3 {
		a.clock.advance(20 * 24 * time.Hour)
		token = a.mustRefresh(t, token)
		if seen[token] {
			t.Fatal("a refresh token came again")
		}
		seen[token] = true
	}
	a.clock.advance(31 * 24 * time.Hour)
	if !a.refreshFails(t, token) {
		t.Error("a session that was not used for so long goes on")
	}
	if n := a.countEvents(t, "SESSION_COMPROMISED"); n != 0 {
		t.Errorf("%d events", n)
	}
}

// On a bad network the response is lost and the app repeats the request.
func TestLostRefreshResponseCanBeRepeated(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	first := a.mustSignIn(t, "associate.n1").refreshToken
	second := a.mustRefresh(t, first)
	a.clock.advance(59 * time.Second)

	if again := a.mustRefresh(t, first); again != second {
		t.Errorf("another successor")
	}
	if third := a.mustRefresh(t, second); third == second || a.countEvents(t, "SESSION_COMPROMISED") != 0 {
		t.Error("the session does not go on from there")
	}
}

func TestConcurrentRefreshesReturnOneSuccessor(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	first := a.mustSignIn(t, "associate.n1").refreshToken
	var group errgroup.Group
	tokens := make([]any, 8)
	for i := range tokens {
		group.Go(func() error {
			tokens[i] = a.refresh(t, first).at("refreshSession.session.refreshToken")
			return nil
		})
	}
	_ = group.Wait()
	for _, token := range tokens {
		if token == nil || token != tokens[0] {
			t.Errorf("successors %v", tokens)
			break
		}
	}
}

// A reused token has two owners. The server cannot tell which one stole it, so it ends the session for both.
func TestRefreshTokenReuseEndsTheSession(t *testing.T) {
	t.Parallel()
	for name, reuse := range map[string]func(t *testing.T, a *api, first string) (newest string){
		"after a minute": func(t *testing.T, a *api, first string) string {
			t.Helper()
			second := a.mustRefresh(t, first)
			a.clock.advance(time.Minute)
			return second
		},
		"at once, when the successor was used": func(t *testing.T, a *api, first string) string {
			t.Helper()
			return a.mustRefresh(t, a.mustRefresh(t, first))
		},
		"of one that is old": func(t *testing.T, a *api, first string) string {
			t.Helper()
			for range 5 {
				first = a.mustRefresh(t, first)
				a.clock.advance(10 * time.Minute)
			}
			return first
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t)
			in, other := a.mustSignIn(t, "associate.n1"), a.mustSignIn(t, "associate.n1")
			newest := reuse(t, a, in.refreshToken)

			if !a.refreshFails(t, in.refreshToken) || !a.refreshFails(t, newest) || !a.refreshFails(t, in.refreshToken) {
				t.Error("the session goes on")
			}
			if !a.isRevoked(t, in.viewer) || a.isRevoked(t, other.viewer) {
				t.Error("its access tokens are good still, or those of the other session are not")
			}
			if n := a.countEvents(t, "SESSION_COMPROMISED"); n != 1 {
				t.Errorf("%d events, want 1", n)
			}
		})
	}
}

// Session ids are not secret. A forged token with a session's id must not end the session.
func TestForgedRefreshTokenEndsNoSession(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	in := a.mustSignIn(t, "associate.n1")
	others, err := auth.NewRefreshTokens([]byte("another secret of thirty-two bytes"))
	if err != nil {
		t.Fatal(err)
	}

	if !a.refreshFails(t, others.Issue(in.viewer.SessionID).Text()) {
		t.Error("it was taken")
	}
	if a.countEvents(t, "SESSION_COMPROMISED") != 0 || a.mustRefresh(t, in.refreshToken) == "" {
		t.Error("it ended the session")
	}
}

func TestRefreshTokensAreNotStored(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	first := a.mustSignIn(t, "associate.n1").refreshToken
	second := a.mustRefresh(t, first)
	third := a.mustRefresh(t, second)
	a.refreshFails(t, first)
	var kept int
	err := a.pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM access.session AS s WHERE s::text ~ $1)
		+ (SELECT count(*) FROM events.event WHERE data::text ~ $1) + (SELECT count(*) FROM access.revocation AS r WHERE r::text ~ $1)`,
		fmt.Sprintf("%s|%s|%s", first[10:], second[10:], third[10:])).Scan(&kept)
	if err != nil || kept != 0 {
		t.Errorf("%d places, %v", kept, err)
	}
}

// nextCompromised reads the events after a cursor up to the first that everybody sees, and returns whose sessions were
// compromised before it.
func (a *api) nextCompromised(t *testing.T, login string, after any) (whose string) {
	t.Helper()
	f, errs := a.subscribe(t, a.as(login), `subscription($after: String) { events(after: $after) {
		type ... on SessionEvent { employee { login sessions { id } } session { isCurrent } } } }`, vars{"after": after})
	if errs != nil {
		t.Fatal(errs)
	}
	for {
		for _, e := range f.next(t) {
			switch e.at("events.type") {
			case "PRODUCT_CREATED":
				return whose
			case "SESSION_COMPROMISED":
				whose += fmt.Sprint(e.at("events.employee.login"), " ")
				// The event is rendered once for all subscribers: nothing in it may depend on the viewer.
				if e.at("events.employee.sessions") != nil || e.at("events.session.isCurrent") != false || e.Statements != 0 {
					t.Errorf("with %d statements it shows %s", e.Statements, e.JSON)
				}
			}
		}
	}
}

// Only the employee and those who manage the store's employees receive the event.
func TestSessionCompromisedReachesTheEmployeeAndTheirManagers(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	before := a.mustQuery(t, a.as("admin"), `query($id: ID!) { store(id: $id) { eventCursor } }`, vars{"id": a.storeID("N1")}).at("store.eventCursor")
	for _, login := range []string{"associate.n1", "region.n", "admin"} {
		in := a.mustSignIn(t, login)
		a.mustRefresh(t, a.mustRefresh(t, in.refreshToken))
		a.refreshFails(t, in.refreshToken)
	}
	a.sendOperation(t, a.as("admin"), "partner/UpsertProducts.graphql", vars{"products": []any{vars{"sku": "900", "name": "For everybody"}}})
	changes := `query($id: ID!, $after: String!) { changes(storeId: $id, after: $after) { events { type ... on SessionEvent {
		employee { login } session { id isCurrent } store { code } } } cursor } }`

	whole := a.changes(t, a.as("manager.n1"), changes, vars{"id": a.storeID("N1"), "after": beginning}, 1)

	if whole.at("changes.events.0.employee.login") != "associate.n1" || whole.at("changes.events.0.store.code") != "N1" ||
		whole.at("changes.events.0.session.isCurrent") != false {
		t.Errorf("got %s", whole.JSON)
	}
	for login, want := range map[string]string{
		"admin": "associate.n1 region.n admin ", "region.n": "associate.n1 region.n ", "manager.n1": "associate.n1 ",
		"associate.n1": "associate.n1 ", "region.s": "", "manager.n2": "", "supervisor.n1": "", "associate.n2": "",
	} {
		if got := a.nextCompromised(t, login, before); got != want {
			t.Errorf("%s follows %q, want %q", login, got, want)
		}
		if login == "region.s" || login == "manager.n2" || login == "associate.n2" {
			continue // who do not see the store at all
		}
		got := a.mustQuery(t, a.as(login), changes, vars{"id": a.storeID("N1"), "after": beginning})
		if list, _ := got.at("changes.events").([]any); len(list) != min(1, len(want)) {
			t.Errorf("%s reads %s", login, got.JSON)
		}
	}
}
