package auth

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Limits for failed sign-in attempts, per account and per network.
const (
	// throttleWindow is the time without a failure after which a counter starts from zero.
	throttleWindow = 15 * time.Minute

	// After maxFailures the next attempt must wait for minDelay. The delay doubles with each failure, up to maxDelay.
	accountMaxFailures, accountMinDelay, accountMaxDelay = 10, 10 * time.Second, 5 * time.Minute
	networkMaxFailures, networkMinDelay, networkMaxDelay = 100, time.Second, time.Minute

	// knownNetworkTTL is the time for which a network is known after a sign-in to an account from it.
	knownNetworkTTL = 90 * 24 * time.Hour
)

// ThrottledError says that an attempt to sign in was rejected without checking the password, because of too many failures.
type ThrottledError struct{ Wait time.Duration }

// Error returns a sentence for the user. It is the same whether or not the login exists.
func (t *ThrottledError) Error() string {
	return fmt.Sprintf("Too many passwords were wrong. Try again in %d seconds.", t.Seconds())
}

// Seconds returns the time to wait in whole seconds, at least 1.
func (t *ThrottledError) Seconds() int { return max(1, int(math.Ceil(t.Wait.Seconds()))) }

// LoginThrottle computes the keys under which attempts are counted. A key is an HMAC and does not reveal the login or address: users
// sometimes type their password into the login field.
type LoginThrottle struct{ key macKey }

// NewLoginThrottle derives the HMAC key from the secret, which needs at least 32 random bytes.
func NewLoginThrottle(secret []byte) (*LoginThrottle, error) {
	key, err := newMACKey(secret, "names of throttled logins and addresses, HMAC-SHA-256, version 1")
	if err != nil {
		return nil, err
	}
	return &LoginThrottle{key}, nil
}

// AttemptKeys are the keys under which an attempt is counted: the account of the login, whether or not it exists; the network that the
// attempt comes from; and the combination of both.
type AttemptKeys struct{ Account, Network, AccountNetwork []byte }

// Keys returns the keys of an attempt to sign in with a login.
func (t *LoginThrottle) Keys(login string, c Client) AttemptKeys {
	account, network := []byte(strings.ToLower(strings.TrimSpace(login))), []byte(c.Network())
	return AttemptKeys{
		Account:        t.key.sum([]byte("account"), account),
		Network:        t.key.sum([]byte("network"), network),
		AccountNetwork: t.key.sum([]byte("both"), account, network),
	}
}

// ClientKeys returns the keys of an attempt with a partner's client secret. The account key includes the network, because nobody can
// guess such a secret: failures from other networks cannot lock a partner out.
func (t *LoginThrottle) ClientKeys(clientID string, c Client) AttemptKeys {
	client, network := []byte(clientID), []byte(c.Network())
	return AttemptKeys{
		Account:        t.key.sum([]byte("client"), client, network),
		Network:        t.key.sum([]byte("network"), network),
		AccountNetwork: t.key.sum([]byte("client, both"), client, network),
	}
}

// AttemptCounter is the state of one key.
type AttemptCounter struct {
	Failures      int       // includes attempts that have not ended
	LastFailureAt time.Time // zero for none
	BlockedUntil  time.Time // attempts before it are rejected; zero for none
	LastSuccessAt time.Time // last successful sign-in; zero for never
}

// AttemptCounters are the counters that apply to one attempt.
type AttemptCounters struct{ Account, Network, AccountNetwork AttemptCounter }

// Begin counts an attempt as failed before it is made, so that concurrent attempts cannot exceed the limit. If the attempt must wait, it
// returns the time to wait and counts nothing, so that waiting ends whatever other clients do.
//
// For a network from which the account has signed in before, only failures from that network count: attackers elsewhere cannot lock
// the user out.
func (t *AttemptCounters) Begin(now time.Time) (wait time.Duration) {
	account := t.Account
	if last := t.AccountNetwork.LastSuccessAt; !last.IsZero() && now.Sub(last) < knownNetworkTTL {
		account = t.AccountNetwork
	}
	if wait := max(account.BlockedUntil.Sub(now), t.Network.BlockedUntil.Sub(now)); wait > 0 {
		return wait
	}
	t.Account.recordFailure(now, accountMaxFailures, accountMinDelay, accountMaxDelay)
	t.AccountNetwork.recordFailure(now, accountMaxFailures, accountMinDelay, accountMaxDelay)
	t.Network.recordFailure(now, networkMaxFailures, networkMinDelay, networkMaxDelay)
	return 0
}

// RecordSuccess undoes Begin. It also resets the account's counter, but not the network's: an attacker may have an account of their
// own.
func (t *AttemptCounters) RecordSuccess(now time.Time) {
	t.Account = AttemptCounter{}
	t.AccountNetwork = AttemptCounter{LastSuccessAt: now}
	t.Network.Failures = max(0, t.Network.Failures-1)
	t.Network.BlockedUntil = time.Time{}
}

// Undo undoes Begin for an attempt whose password was not checked.
func (t *AttemptCounters) Undo() {
	for _, c := range []*AttemptCounter{&t.Account, &t.Network, &t.AccountNetwork} {
		c.Failures = max(0, c.Failures-1)
		c.BlockedUntil = time.Time{}
	}
}

// recordFailure counts a failure. From maxFailures on it blocks further attempts.
func (c *AttemptCounter) recordFailure(now time.Time, maxFailures int, delay, maxDelay time.Duration) {
	if now.Sub(c.LastFailureAt) > throttleWindow {
		c.Failures = 0
	}
	c.Failures++
	c.LastFailureAt = now
	c.BlockedUntil = time.Time{}
	for range c.Failures - maxFailures {
		if delay = 2 * delay; delay >= maxDelay {
			delay = maxDelay
			break
		}
	}
	if c.Failures >= maxFailures {
		c.BlockedUntil = now.Add(delay)
	}
}
