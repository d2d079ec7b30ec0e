package resolvers_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"aisle/auth"
	"aisle/store"
	"aisle/store/access"
)

func (a *api) signIn(t *testing.T, login, password string) response {
	t.Helper()
	return a.mustQuery(t, auth.Viewer{}, operation(t, "mobile/SignIn.graphql"), vars{"input": vars{"login": login, "password": password}})
}

// session is a session of an app.
type session struct {
	viewer       auth.Viewer
	refreshToken string
}

// mustSignIn signs an employee in.
func (a *api) mustSignIn(t *testing.T, login string) session {
	t.Helper()
	got := a.signIn(t, login, password)
	viewer, err := a.tokens.Verify(t.Context(), fmt.Sprint(got.at("signIn.session.accessToken")))
	if err != nil {
		t.Fatalf("%v: %s", err, got.JSON)
	}
	return session{viewer, fmt.Sprint(got.at("signIn.session.refreshToken"))}
}

// isRevoked reports whether another node rejects the viewer's access token after it has loaded the revocations.
func (a *api) isRevoked(t *testing.T, v auth.Viewer) bool {
	t.Helper()
	revoked := auth.NewRevocationList(a.clock.Now)
	if err := access.NewRevocationPoller(a.pool, revoked, slog.New(slog.DiscardHandler), a.clock.Now).Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return revoked.IsRevoked(v)
}

func (a *api) refresh(t *testing.T, token any) response {
	t.Helper()
	return a.mustQuery(t, auth.Viewer{}, operation(t, "mobile/RefreshSession.graphql"), vars{"input": vars{"refreshToken": token}})
}

func TestSignInReturnsTokensAndTheViewer(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	got := a.signIn(t, " Manager.N1 ", password)

	if got.at("signIn.viewer.store.code") != "N1" || got.at("signIn.viewer.role") != "STORE_MANAGER" {
		t.Errorf("got %s", got.JSON)
	}
	viewer, err := a.tokens.Verify(t.Context(), fmt.Sprint(got.at("signIn.session.accessToken")))
	if err != nil {
		t.Fatal(err)
	}
	want := a.as("manager.n1")
	want.SessionID, want.ExpiresAt = viewer.SessionID, viewer.ExpiresAt
	if viewer != want {
		t.Errorf("the token is %v's, want %v's", viewer, want)
	}
}

// The response is the same whatever is wrong.
func TestSignInErrorDoesNotRevealWhatWasWrong(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for name, credentials := range map[string][2]string{
		"password": {"manager.n1", "wrong"}, "login": {"nobody", password}, "employee has left": {"gone.n1", password},
		"empty": {"", ""}, "not text": {"a\x00b", password},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := a.signIn(t, credentials[0], credentials[1])

			want := `{"signIn":{"session":null,"viewer":null,"userErrors":[` +
				`{"code":"BAD_CREDENTIALS","message":"The login or the password is wrong.","field":["password"]}]}}`
			if got.JSON != want {
				t.Errorf("got %s", got.JSON)
			}
		})
	}
}

func TestUnknownRefreshTokenIsRejected(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, token := range []string{"", "art_x", "art_" + strings.Repeat("A", 86), strings.Repeat("x", 10_000)} {
		if got := a.refresh(t, token); got.at("refreshSession.userErrors.0.code") != "SESSION_ENDED" {
			t.Errorf("got %s", got.JSON)
		}
	}
}

func TestSignOutEndsTheSession(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	in := a.mustSignIn(t, "associate.n1")
	const signOut = `mutation { signOut { session { id isCurrent } userErrors { code } } }`

	first, second := a.mustQuery(t, in.viewer, signOut, nil), a.mustQuery(t, in.viewer, signOut, nil)

	id := store.GlobalID(access.SessionPrefix, in.viewer.SessionID)
	if want := `{"signOut":{"session":{"id":"` + id + `","isCurrent":true},"userErrors":[]}}`; first.JSON != want {
		t.Errorf("got  %s\nwant %s", first.JSON, want)
	}
	if want := `{"signOut":{"session":null,"userErrors":[]}}`; second.JSON != want {
		t.Errorf("the second time: got %s", second.JSON)
	}
	if !a.isRevoked(t, in.viewer) {
		t.Error("its access token is good still")
	}
	if got := a.refresh(t, in.refreshToken); got.at("refreshSession.userErrors.0.code") != "SESSION_ENDED" {
		t.Errorf("got %s", got.JSON)
	}
}

// The test counts statements and hashes (a dummy hash for an unknown login), which determine the response time.
func TestFailedSignInsDoTheSameWork(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	known, unknown, gone := a.signIn(t, "manager.n1", "wrong"), a.signIn(t, "nobody", "wrong"), a.signIn(t, "gone.n1", password)

	if known.Statements != unknown.Statements || known.Statements != gone.Statements || known.Statements < 3 {
		t.Errorf("%d statements for a known login, %d for an unknown one, %d for who has left",
			known.Statements, unknown.Statements, gone.Statements)
	}
}
