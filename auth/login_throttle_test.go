package auth_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"aisle/auth"
)

// fail makes failing attempts, each as early as allowed. It returns how long the last one had to wait.
func fail(tries *auth.AttemptCounters, now *time.Time, n int) (waited time.Duration) {
	for range n {
		for waited = tries.Begin(*now); waited > 0; {
			*now = now.Add(waited)
			if tries.Begin(*now) == 0 {
				break
			}
		}
	}
	return waited
}

func TestAccountIsDelayedAfterTenFailuresAndTheDelayGrows(t *testing.T) {
	t.Parallel()
	var tries auth.AttemptCounters
	now := testNow

	waits := []time.Duration{fail(&tries, &now, 10)}
	for range 7 {
		waits = append(waits, fail(&tries, &now, 1))
	}

	want := []time.Duration{
		0, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 5 * time.Minute, 5 * time.Minute,
	}
	for i := range want {
		if waits[i] != want[i] {
			t.Errorf("waited %v, want %v", waits, want)
			break
		}
	}
}

// Attempts during the delay do not extend it.
func TestAThrottledAttemptIsNotCounted(t *testing.T) {
	t.Parallel()
	var tries auth.AttemptCounters
	now := testNow
	fail(&tries, &now, 10)
	before := tries

	for i := range 1000 {
		if wait := tries.Begin(now.Add(time.Duration(i) * time.Millisecond)); wait == 0 {
			t.Fatalf("try %d was made", i)
		}
	}

	if tries != before {
		t.Errorf("counted %+v, before %+v", tries, before)
	}
}

func TestCountersResetAfter15MinutesWithoutFailures(t *testing.T) {
	t.Parallel()
	var tries auth.AttemptCounters
	now := testNow
	fail(&tries, &now, 15)
	now = now.Add(15*time.Minute + time.Second)

	if waited := fail(&tries, &now, 10); waited != 0 {
		t.Errorf("waited %v", waited)
	}
}

func TestSuccessResetsTheAccountButNotTheNetwork(t *testing.T) {
	t.Parallel()
	var tries auth.AttemptCounters
	now := testNow
	fail(&tries, &now, 9)

	tries.Begin(now)
	tries.RecordSuccess(now)

	if tries.Account != (auth.AttemptCounter{}) || tries.AccountNetwork.Failures != 0 || tries.Network.Failures != 9 {
		t.Errorf("counted %+v", tries)
	}
}

func TestUndoneAttemptIsNotCounted(t *testing.T) {
	t.Parallel()
	var tries auth.AttemptCounters
	now := testNow
	fail(&tries, &now, 9)
	for range 100 {
		if wait := tries.Begin(now); wait > 0 {
			t.Fatalf("waited %v", wait)
		}
		tries.Undo()
	}
	if tries.Account.Failures != 9 || tries.AccountNetwork.Failures != 9 || tries.Network.Failures != 9 {
		t.Errorf("counted %+v", tries)
	}
}

// Of 1,000 concurrent attempts no more are allowed than of sequential ones.
func TestConcurrentAttemptsCount(t *testing.T) {
	t.Parallel()
	var tries auth.AttemptCounters
	made := 0
	for range 1000 {
		if tries.Begin(testNow) == 0 {
			made++
		}
	}
	if made != 10 {
		t.Errorf("%d were made", made)
	}
}

// The failures of a network are counted over all accounts.
func TestNetworkIsDelayedAfter100Failures(t *testing.T) {
	t.Parallel()
	var network auth.AttemptCounter
	made := 0
	for range 1000 {
		tries := auth.AttemptCounters{Network: network} // each of another account
		if tries.Begin(testNow) == 0 {
			made++
		}
		network = tries.Network
	}
	if made != 100 {
		t.Errorf("%d were made", made)
	}
}

// Failures from other networks do not lock out a network from which the account has signed in before.
func TestFailuresElsewhereDoNotBlockAKnownNetwork(t *testing.T) {
	t.Parallel()
	home := auth.AttemptCounters{}
	home.Begin(testNow)
	home.RecordSuccess(testNow)
	now := testNow.Add(time.Hour)
	elsewhere := auth.AttemptCounters{Account: home.Account}
	fail(&elsewhere, &now, 50)
	home.Account = elsewhere.Account

	if wait := home.Begin(now); wait != 0 {
		t.Errorf("at home one has to wait %v", wait)
	}
	if wait := (&auth.AttemptCounters{Account: elsewhere.Account}).Begin(now); wait == 0 {
		t.Error("from a third place one need not wait")
	}
	if waited := fail(&home, &now, 10); waited == 0 {
		t.Error("at home anything may be tried")
	}
}

func TestKeysRevealNothingAndIgnoreTheSpellingOfTheLogin(t *testing.T) {
	t.Parallel()
	throttle, err := auth.NewLoginThrottle(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	other, err := auth.NewLoginThrottle([]byte(strings.Repeat("x", 32)))
	if err != nil {
		t.Fatal(err)
	}
	from := func(address string) auth.Client { return auth.Client{Address: netip.MustParseAddr(address)} }

	got, again := throttle.Keys("manager.1", from("192.0.2.7")), throttle.Keys(" Manager.1 ", from("::ffff:192.0.2.7"))

	if !bytes.Equal(got.Account, again.Account) || !bytes.Equal(got.Network, again.Network) || !bytes.Equal(got.AccountNetwork, again.AccountNetwork) {
		t.Error("spelling matters")
	}
	for name, different := range map[string]auth.AttemptKeys{
		"login":   throttle.Keys("manager.2", from("192.0.2.8")),
		"secret":  other.Keys("manager.1", from("192.0.2.7")),
		"borders": throttle.Keys("manager.", from("192.0.2.7")),
	} {
		if bytes.Equal(got.Account, different.Account) || bytes.Equal(got.AccountNetwork, different.AccountNetwork) {
			t.Errorf("%s: the names are the same", name)
		}
	}
	home := throttle.Keys("x", from("2001:db8:1:2::3"))
	if !bytes.Equal(home.Network, throttle.Keys("x", from("2001:db8:1:2:ffff::9")).Network) ||
		bytes.Equal(home.Network, throttle.Keys("x", from("2001:db8:1:3::3")).Network) {
		t.Error("an IPv6 network is not its first 64 bits")
	}
}

// Otherwise wrong secrets from anywhere, or a login equal to a client id, would lock a partner out.
func TestClientKeysIncludeTheNetwork(t *testing.T) {
	t.Parallel()
	throttle, err := auth.NewLoginThrottle(bytes.Repeat([]byte("s"), 32))
	if err != nil {
		t.Fatal(err)
	}
	here, there := auth.Client{Address: netip.MustParseAddr("192.0.2.1")}, auth.Client{Address: netip.MustParseAddr("198.51.100.1")}

	mine, other := throttle.ClientKeys("erp", here), throttle.ClientKeys("erp", there)

	if bytes.Equal(mine.Account, other.Account) || bytes.Equal(mine.Account, throttle.Keys("erp", here).Account) {
		t.Error("a client counts with what others do elsewhere, or with a login")
	}
	if !bytes.Equal(mine.Network, throttle.Keys("erp", here).Network) {
		t.Error("the network of clients and logins counts apart")
	}
}

func TestThrottledErrorSaysHowLongToWait(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]int{time.Millisecond: 1, 10 * time.Second: 10, 10*time.Second + 1: 11} {
		if got := (&auth.ThrottledError{Wait: wait}).Seconds(); got != want {
			t.Errorf("%v is %d seconds", wait, got)
		}
	}
}

func TestAddressHintRevealsOnlyTheNetwork(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"203.0.113.77": "203.0.113.0/24", "::ffff:203.0.113.77": "203.0.113.0/24", "2001:db8:1:2::3": "2001:db8:1::/48",
		"fe80::1%eth0": "fe80::/48",
	} {
		if got := (auth.Client{Address: netip.MustParseAddr(address)}).AddressHint(); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	if got := (auth.Client{}).AddressHint(); got != "" {
		t.Errorf("an unknown address is %q", got)
	}
}
