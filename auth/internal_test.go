package auth

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/uuid"
)

// The example of RFC 8037, appendix A.3.
func TestThumbprintIsThatOfTheRFC(t *testing.T) {
	t.Parallel()
	public, err := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := thumbprint(ed25519.PublicKey(public)), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCacheIsBoundedAndKeepsTheNewest(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	cache := verifiedCache{entries: map[[sha256.Size]byte]verified{}}
	for i := range uint64(verifiedCacheSize + 100) {
		var sum [sha256.Size]byte
		binary.BigEndian.PutUint64(sum[:], i)
		cache.put(sum, verified{viewer: Viewer{EmployeeID: uuid.New()}, notBefore: now, notAfter: now.Add(time.Minute)})
		if _, ok := cache.get(sum, now); !ok {
			t.Fatalf("entry %d is gone at once", i)
		}
	}
	if got := len(cache.entries); got != verifiedCacheSize {
		t.Errorf("got %d entries, want %d", got, verifiedCacheSize)
	}
}
