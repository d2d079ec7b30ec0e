package resolvers_test

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"aisle/auth"
)

// successor refreshes, which must work, and answers the new refresh token.
func (a *api) successor(t *testing.T, token string) string {
	t.Helper()
	got := a.refresh(t, token)
	next, ok := got.at("refreshSession.session.refreshToken").(string)
	if !ok || got.at("refreshSession.session.accessToken") == nil {
		t.Fatalf("the session does not go on: %s", got.JSON)
	}
	return next
}

// ended refreshes, which must not work.
func (a *api) ended(t *testing.T, token string) bool {
	t.Helper()
	got := a.refresh(t, token)
	return got.at("refreshSession.session") == nil && got.at("refreshSession.userErrors.0.code") == "SESSION_ENDED"
}

// A chain of them goes on for as long as the session is used.
func TestRefreshTokenRotatesAtEachUse(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	token := a.enter(t, "associate.n1").refreshToken
	seen := map[string]bool{token: true}
	for range 3 {
		a.clock.pass(20 * 24 * time.Hour)
		token = a.successor(t, token)
		if seen[token] {
			t.Fatal("a refresh token came again")
		}
		seen[token] = true
	}
	a.clock.pass(31 * 24 * time.Hour)
	if !a.ended(t, token) {
		t.Error("a session that was not used for so long goes on")
	}
	if n := a.countEvents(t, "SESSION_COMPROMISED"); n != 0 {
		t.Errorf("%d events", n)
	}
}

// On bad wifi the answer gets lost, and the app sends the same again.
func TestLostRefreshResponseCanBeRepeated(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	first := a.enter(t, "associate.n1").refreshToken
	second := a.successor(t, first)
	a.clock.pass(59 * time.Second)

	if again := a.successor(t, first); again != second {
		t.Errorf("another successor")
	}
	if third := a.successor(t, second); third == second || a.countEvents(t, "SESSION_COMPROMISED") != 0 {
		t.Error("the session does not go on from there")
	}
}

func TestConcurrentRefreshesReturnOneSuccessor(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	first := a.enter(t, "associate.n1").refreshToken
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

// A token that comes again when it should not has two owners. Nobody knows which is the thief: both are out.
func TestRefreshTokenReuseEndsTheSession(t *testing.T) {
	t.Parallel()
	for name, reuse := range map[string]func(t *testing.T, a *api, first string) (newest string){
		"after a minute": func(t *testing.T, a *api, first string) string {
			t.Helper()
			second := a.successor(t, first)
			a.clock.pass(time.Minute)
			return second
		},
		"at once, when the successor was used": func(t *testing.T, a *api, first string) string {
			t.Helper()
			return a.successor(t, a.successor(t, first))
		},
		"of one that is old": func(t *testing.T, a *api, first string) string {
			t.Helper()
			for range 5 {
				first = a.successor(t, first)
				a.clock.pass(10 * time.Minute)
			}
			return first
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t)
			in, other := a.enter(t, "associate.n1"), a.enter(t, "associate.n1")
			newest := reuse(t, a, in.refreshToken)

			if !a.ended(t, in.refreshToken) || !a.ended(t, newest) || !a.ended(t, in.refreshToken) {
				t.Error("the session goes on")
			}
			if !a.out(t, in.viewer) || a.out(t, other.viewer) {
				t.Error("its access tokens are good still, or those of the other session are not")
			}
			if n := a.countEvents(t, "SESSION_COMPROMISED"); n != 1 {
				t.Errorf("%d events, want 1", n)
			}
		})
	}
}

// Who knows the id of a session, which is no secret, cannot end it with a token of their own making.
func TestForgedRefreshTokenEndsNoSession(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	in := a.enter(t, "associate.n1")
	others, err := auth.NewRefreshTokens([]byte("another secret of thirty-two bytes"))
	if err != nil {
		t.Fatal(err)
	}

	if !a.ended(t, others.Issue(in.viewer.SessionID).Text()) {
		t.Error("it was taken")
	}
	if a.countEvents(t, "SESSION_COMPROMISED") != 0 || a.successor(t, in.refreshToken) == "" {
		t.Error("it ended the session")
	}
}

func TestRefreshTokensAreNotStored(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	first := a.enter(t, "associate.n1").refreshToken
	second := a.successor(t, first)
	third := a.successor(t, second)
	a.ended(t, first)
	var kept int
	err := a.pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM access.session AS s WHERE s::text ~ $1)
		+ (SELECT count(*) FROM events.event WHERE data::text ~ $1) + (SELECT count(*) FROM access.revocation AS r WHERE r::text ~ $1)`,
		fmt.Sprintf("%s|%s|%s", first[10:], second[10:], third[10:])).Scan(&kept)
	if err != nil || kept != 0 {
		t.Errorf("%d places, %v", kept, err)
	}
}

// compromised follows all events behind a cursor up to the first that everybody sees, and answers whose sessions were
// compromised before it.
func (a *api) compromised(t *testing.T, login string, after any) (whose string) {
	t.Helper()
	f, errs := a.follow(t, a.as(login), `subscription($after: String) { events(after: $after) {
		type ... on SessionEvent { employee { login sessions { id } } session { current } } } }`, vars{"after": after})
	if errs != nil {
		t.Fatal(errs)
	}
	for {
		for _, e := range f.next(t) {
			switch e.at("events.type") {
			case "PRODUCT_CHANGED":
				return whose
			case "SESSION_COMPROMISED":
				whose += fmt.Sprint(e.at("events.employee.login"), " ")
				// It is rendered once for many: nothing in it may depend on who sees it.
				if e.at("events.employee.sessions") != nil || e.at("events.session.current") != false || e.Statements != 0 {
					t.Errorf("with %d statements it shows %s", e.Statements, e.JSON)
				}
			}
		}
	}
}

// Of a session that somebody else has used its owner learns, and those who manage the owner's colleagues; nobody else.
func TestSessionCompromisedReachesTheEmployeeAndTheirManagers(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	before := a.good(t, a.as("admin"), `query($id: ID!) { store(id: $id) { cursor } }`, vars{"id": a.storeID("N1")}).at("store.cursor")
	for _, login := range []string{"associate.n1", "region.n", "admin"} {
		in := a.enter(t, login)
		a.successor(t, a.successor(t, in.refreshToken))
		a.ended(t, in.refreshToken)
	}
	a.send(t, a.as("admin"), "partner/UpsertProducts.graphql", vars{"products": []any{vars{"sku": "900", "name": "For everybody"}}})
	changes := `query($id: ID!) { changes(storeId: $id) { events { type ... on SessionEvent {
		employee { login } session { id current } store { code } } } cursor } }`

	whole := a.changes(t, a.as("manager.n1"), changes, vars{"id": a.storeID("N1")}, 1)

	if whole.at("changes.events.0.employee.login") != "associate.n1" || whole.at("changes.events.0.store.code") != "N1" ||
		whole.at("changes.events.0.session.current") != false {
		t.Errorf("got %s", whole.JSON)
	}
	for login, want := range map[string]string{
		"admin": "associate.n1 region.n admin ", "region.n": "associate.n1 region.n ", "manager.n1": "associate.n1 ",
		"associate.n1": "associate.n1 ", "region.s": "", "manager.n2": "", "supervisor.n1": "", "associate.n2": "",
	} {
		if got := a.compromised(t, login, before); got != want {
			t.Errorf("%s follows %q, want %q", login, got, want)
		}
		if login == "region.s" || login == "manager.n2" || login == "associate.n2" {
			continue // who do not see the store at all
		}
		got := a.good(t, a.as(login), changes, vars{"id": a.storeID("N1")})
		if list, _ := got.at("changes.events").([]any); len(list) != min(1, len(want)) {
			t.Errorf("%s reads %s", login, got.JSON)
		}
	}
}
