package auth

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// How often somebody may try to sign in and fail. The figures are for one account, and for one address.
const (
	// A counter that nothing was added to for so long begins anew.
	throttleWindow = 15 * time.Minute
	// After so many failures the next try has to wait, first so long, then twice as long each time, to a longest.
	accountTries, accountWait, accountLongest = 10, 10 * time.Second, 5 * time.Minute
	networkTries, networkWait, networkLongest = 100, time.Second, time.Minute
	// For so long it is remembered that somebody has signed in to an account from an address.
	throttleKnows = 90 * 24 * time.Hour
)

// ThrottledError is the refusal of a password that was not looked at, because too many were wrong before.
type ThrottledError struct{ Wait time.Duration }

// Error is a sentence for a person. It is the same whether the login exists or not.
func (t *ThrottledError) Error() string {
	return fmt.Sprintf("Too many passwords were wrong. Try again in %d seconds.", t.Seconds())
}

// Seconds is how long to wait, in whole seconds and at least 1.
func (t *ThrottledError) Seconds() int { return max(1, int(math.Ceil(t.Wait.Seconds()))) }

// LoginThrottle makes the names under which tries are counted. They do not say which login or address they are of: people
// also type their passwords into the field of the login.
type LoginThrottle struct{ names macKey }

// NewLoginThrottle derives the key of the names from the secret, which has at least 32 random bytes.
func NewLoginThrottle(secret []byte) (*LoginThrottle, error) {
	names, err := newMACKey(secret, "names of throttled logins and addresses, HMAC-SHA-256, version 1")
	if err != nil {
		return nil, err
	}
	return &LoginThrottle{names}, nil
}

// AttemptKeys are what a try is counted under: the account, that the login names or would name; the network that it comes
// from; and both together.
type AttemptKeys struct{ Account, Network, Both []byte }

// Keys are those of a try.
func (t *LoginThrottle) Keys(login string, c Client) AttemptKeys {
	account, network := []byte(strings.ToLower(strings.TrimSpace(login))), []byte(c.network())
	return AttemptKeys{
		Account: t.names.sum([]byte("account"), account),
		Network: t.names.sum([]byte("network"), network),
		Both:    t.names.sum([]byte("both"), account, network),
	}
}

// ClientKeys are those of a try with the secret of a partner's client. Nobody guesses such a secret, so what counts is where
// it comes from: others, elsewhere, cannot keep a partner out.
func (t *LoginThrottle) ClientKeys(clientID string, c Client) AttemptKeys {
	client, network := []byte(clientID), []byte(c.network())
	return AttemptKeys{
		Account: t.names.sum([]byte("client"), client, network),
		Network: t.names.sum([]byte("network"), network),
		Both:    t.names.sum([]byte("client, both"), client, network),
	}
}

// AttemptCounter is what was counted under one name.
type AttemptCounter struct {
	Failures      int       // also the tries that are not over yet
	LastFailureAt time.Time // of the last failure; zero for none
	BlockedUntil  time.Time // no try before; zero for none
	LastSuccessAt time.Time // when somebody signed in last; zero for never
}

// LoginAttempts are the counts of one try.
type LoginAttempts struct{ Account, Network, Both AttemptCounter }

// Begin counts a try as failed before it is made: of many at once no more are made than may. It answers how long to
// wait instead; then nothing is counted, so that waiting comes to an end whatever others do meanwhile.
//
// Whoever has signed in from where they are is measured by what fails there: others, elsewhere, cannot keep them out.
func (t *LoginAttempts) Begin(now time.Time) (wait time.Duration) {
	gate := t.Account
	if known := t.Both.LastSuccessAt; !known.IsZero() && now.Sub(known) < throttleKnows {
		gate = t.Both
	}
	if wait := max(gate.BlockedUntil.Sub(now), t.Network.BlockedUntil.Sub(now)); wait > 0 {
		return wait
	}
	t.Account.fail(now, accountTries, accountWait, accountLongest)
	t.Both.fail(now, accountTries, accountWait, accountLongest)
	t.Network.fail(now, networkTries, networkWait, networkLongest)
	return 0
}

// RecordSuccess takes back what Begin has counted. An account's count begins anew; a network's does not, because whoever
// tries the passwords of others may have an account of their own.
func (t *LoginAttempts) RecordSuccess(now time.Time) {
	t.Account = AttemptCounter{}
	t.Both = AttemptCounter{LastSuccessAt: now}
	t.Network.Failures = max(0, t.Network.Failures-1)
	t.Network.BlockedUntil = time.Time{}
}

// Undo takes back what Begin has counted of a password that was not looked at after all.
func (t *LoginAttempts) Undo() {
	for _, c := range []*AttemptCounter{&t.Account, &t.Network, &t.Both} {
		c.Failures = max(0, c.Failures-1)
		c.BlockedUntil = time.Time{}
	}
}

// fail counts a failure.
func (c *AttemptCounter) fail(now time.Time, tries int, wait, longest time.Duration) {
	if now.Sub(c.LastFailureAt) > throttleWindow {
		c.Failures = 0
	}
	c.Failures++
	c.LastFailureAt = now
	c.BlockedUntil = time.Time{}
	for range c.Failures - tries {
		if wait = 2 * wait; wait >= longest {
			wait = longest
			break
		}
	}
	if c.Failures >= tries {
		c.BlockedUntil = now.Add(wait)
	}
}
