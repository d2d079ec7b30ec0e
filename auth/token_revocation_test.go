package auth_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"aisle/auth"
)

func TestRevokedTokenIsRejectedAtTheNextRequest(t *testing.T) {
	t.Parallel()
	var ended atomic.Bool
	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) {
		c.IsRevoked = func(v auth.Viewer) bool { return ended.Load() && v.SessionID == session }
	})
	token := issue(t, tokens)
	if _, err := tokens.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}

	ended.Store(true)
	viewer, err := tokens.Verify(t.Context(), token)

	if !errors.Is(err, auth.ErrInvalidToken) || viewer != (auth.Viewer{}) || !strings.Contains(err.Error(), "revoked") {
		t.Errorf("got %+v, %v", viewer, err)
	}
}

func TestRevocationOfOneSessionLeavesOthers(t *testing.T) {
	t.Parallel()
	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) {
		c.IsRevoked = func(v auth.Viewer) bool { return v.SessionID == session }
	})
	other := viewers()[auth.RoleAdmin]
	other.SessionID = otherStore // any other id
	token, _, err := tokens.Issue(other)
	if err != nil {
		t.Fatal(err)
	}

	if _, err := tokens.Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
}
