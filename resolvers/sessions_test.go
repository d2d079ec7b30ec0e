package resolvers_test

import (
	"fmt"
	"strings"
	"testing"

	"aisle/auth"
)

func (a *api) signIn(t *testing.T, login, password string) answer {
	t.Helper()
	return a.good(t, auth.Viewer{}, operation(t, "mobile/SignIn.graphql"), vars{"input": vars{"login": login, "password": password}})
}

func (a *api) refresh(t *testing.T, token any) answer {
	t.Helper()
	return a.good(t, auth.Viewer{}, operation(t, "mobile/RefreshSession.graphql"), vars{"input": vars{"refreshToken": token}})
}

func TestSignInGivesTokensAndShowsTheViewer(t *testing.T) {
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

// Whatever is wrong, the answer is the same.
func TestSignInDoesNotSayWhatWasWrong(t *testing.T) {
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

func TestRefreshTokenIsGoodForOneUse(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	first := a.signIn(t, "associate.n1", password).at("signIn.session.refreshToken")

	second := a.refresh(t, first)
	again := a.refresh(t, first)

	if second.at("refreshSession.session.refreshToken") == nil || second.at("refreshSession.session.refreshToken") == first {
		t.Errorf("got %s", second.JSON)
	}
	if again.at("refreshSession.session") != nil || again.at("refreshSession.userErrors.0.code") != "SESSION_ENDED" {
		t.Errorf("got %s", again.JSON)
	}
}

func TestUnknownRefreshTokenIsRefused(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, token := range []string{"", "art_x", strings.Repeat("x", 10_000)} {
		if got := a.refresh(t, token); got.at("refreshSession.userErrors.0.code") != "SESSION_ENDED" {
			t.Errorf("got %s", got.JSON)
		}
	}
}

func TestSignOutEndsTheSession(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	session := a.signIn(t, "associate.n1", password)
	viewer, err := a.tokens.Verify(t.Context(), fmt.Sprint(session.at("signIn.session.accessToken")))
	if err != nil {
		t.Fatal(err)
	}
	signOut := operation(t, "mobile/SignOut.graphql")

	first, second := a.good(t, viewer, signOut, nil), a.good(t, viewer, signOut, nil)

	if first.at("signOut.signedOut") != true || second.at("signOut.signedOut") != false {
		t.Errorf("got %s, then %s", first.JSON, second.JSON)
	}
	if got := a.refresh(t, session.at("signIn.session.refreshToken")); got.at("refreshSession.userErrors.0.code") != "SESSION_ENDED" {
		t.Errorf("got %s", got.JSON)
	}
}
