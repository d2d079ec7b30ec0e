package demo

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Options select a chain.
type Options struct {
	Stores       int                   // at least 1
	Products     int                   // at least 460; 0 is 20,000
	Seed         uint64                // of the random data; the same options give the same chain
	Now          time.Time             // decides which tasks are overdue
	Progress     func(done, total int) // called after each batch of stores, never concurrently; may be nil
	PasswordHash string                // of the password of all accounts: argon2id as a PHC string
	SecretHash   []byte                // of the partner's secret, by auth.HashPartnerSecret; nil for no partner
}

const (
	defaultProducts = 20_000
	minProducts     = commonProducts + productsPerStore - commonPerStore // with fewer, stores would not have enough products that others lack
	adminLogin      = "admin"
	partnerStream   = math.MaxUint64 // random stream that no store uses
)

// PartnerID is the client ID of the partner of a demo chain, which has all scopes and sees all stores.
const PartnerID = "demo-partner"

// check validates the options and sets defaults.
func (o Options) check() (Options, error) {
	if o.Stores < 1 {
		return o, fmt.Errorf("a demo chain needs at least 1 store, not %d", o.Stores)
	}
	if o.Products == 0 {
		o.Products = defaultProducts
	}
	if o.Products < minProducts {
		return o, fmt.Errorf("a demo chain needs at least %d products, not %d", minProducts, o.Products)
	}
	if o.PasswordHash == "" {
		return o, errors.New("the password hash of the demo accounts is missing")
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	o.Now = o.Now.UTC().Truncate(time.Second)
	return o, nil
}

// The number of products of a store, and how many of them most stores have.
const (
	productsPerStore = 300
	commonPerStore   = 240
)

// The number of employees of a store, in addition to its manager.
const (
	supervisors = 2
	associates  = 12
)
