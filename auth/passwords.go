package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/alexedwards/argon2id"
)

// The cost of a password hash, as OWASP's Password Storage Cheat Sheet has it for argon2id.
const (
	hashMemoryKiB   = 19 << 10
	hashIterations  = 2
	hashParallelism = 1
	hashSaltBytes   = 16
	hashKeyBytes    = 32
)

// What a stored hash may cost and must have at least: a damaged row shall neither take the machine down nor match
// every password, as an empty key would.
const (
	maxHashMemoryKiB  = 64 << 10
	maxHashIterations = 10
	minHashSaltBytes  = 8
	minHashKeyBytes   = 16
)

// Passwords hashes and checks passwords with argon2id, a bounded number at once: each takes 19 MiB. It is safe for
// concurrent use.
type Passwords struct {
	slots chan struct{} // one element for each hash that runs
	dummy string        // the hash of a password that nobody knows
}

// NewPasswords returns Passwords that run at most concurrent hashes at once; it is at least 1.
func NewPasswords(concurrent int) (*Passwords, error) {
	if concurrent < 1 {
		return nil, fmt.Errorf("at least 1 password must be hashed at once, not %d", concurrent)
	}
	dummy, err := argon2id.CreateHash(rand.Text(), hashParams())
	if err != nil {
		return nil, fmt.Errorf("hash the dummy password: %w", err)
	}
	return &Passwords{slots: make(chan struct{}, concurrent), dummy: dummy}, nil
}

// Hash returns the hash of a password as a PHC string, to be stored. It waits for its turn; the error is the
// context's when that ends first.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if err := p.acquire(ctx); err != nil {
		return "", err
	}
	defer p.release()
	hash, err := argon2id.CreateHash(password, hashParams())
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// Check reports whether the password is the one of the stored hash. An empty hash stands for an unknown login: the
// answer is false, after the same work, so that time does not tell which logins exist. It waits for its turn; the
// error is the context's when that ends first, or says that the stored hash is damaged.
func (p *Passwords) Check(ctx context.Context, hash, password string) (bool, error) {
	known := hash != ""
	if !known {
		hash = p.dummy
	}
	if err := checkHash(hash); err != nil {
		return false, err
	}
	if err := p.acquire(ctx); err != nil {
		return false, err
	}
	defer p.release()
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("check a password: %w", err)
	}
	return known && match, nil
}

// acquire waits until another hash may run; release must follow when it returns nil.
func (p *Passwords) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil { // select would toss a coin
		return fmt.Errorf("wait for a password's turn: %w", err)
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a password's turn: %w", ctx.Err())
	}
}

// release lets the next hash run.
func (p *Passwords) release() { <-p.slots }

// hashParams is the cost of new hashes.
func hashParams() *argon2id.Params {
	return &argon2id.Params{
		Memory:      hashMemoryKiB,
		Iterations:  hashIterations,
		Parallelism: hashParallelism,
		SaltLength:  hashSaltBytes,
		KeyLength:   hashKeyBytes,
	}
}

// checkHash returns an error, without the hash in it, when a stored hash is no argon2id hash of bearable cost.
func checkHash(hash string) error {
	params, _, _, err := argon2id.DecodeHash(hash)
	if err != nil ||
		params.Memory > maxHashMemoryKiB ||
		params.Iterations < 1 || params.Iterations > maxHashIterations || params.Parallelism < 1 ||
		params.SaltLength < minHashSaltBytes || params.KeyLength < minHashKeyBytes {
		return errors.New("the stored password hash is damaged")
	}
	return nil
}
