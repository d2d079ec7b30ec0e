package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/alexedwards/argon2id"
	"golang.org/x/sync/semaphore"
)

// The cost of a password hash: OWASP's Password Storage Cheat Sheet for argon2id.
const (
	hashMemoryKiB   = 19 << 10
	hashIterations  = 2
	hashParallelism = 1
	hashSaltBytes   = 16
	hashKeyBytes    = 32
)

// Limits for stored hashes. A damaged row must not exhaust the machine, nor match every password, as an empty key would.
const (
	maxHashMemoryKiB  = 64 << 10
	maxHashIterations = 10
	minHashSaltBytes  = 8
	minHashKeyBytes   = 16
)

// Passwords hashes and checks passwords with argon2id. It limits the number of concurrent hashes, because each takes 19 MiB. It is
// safe for concurrent use.
type Passwords struct {
	slots *semaphore.Weighted // one unit for each hash that runs
	dummy string              // the hash of a random password
}

// NewPasswords returns Passwords that run at most maxConcurrent hashes at a time. maxConcurrent must be at least 1.
func NewPasswords(maxConcurrent int) (*Passwords, error) {
	if maxConcurrent < 1 {
		return nil, fmt.Errorf("the maximum of concurrent password hashes is %d; use at least 1", maxConcurrent)
	}
	dummy, err := argon2id.CreateHash(rand.Text(), hashParams())
	if err != nil {
		return nil, fmt.Errorf("hash the dummy password: %w", err)
	}
	return &Passwords{slots: semaphore.NewWeighted(int64(maxConcurrent)), dummy: dummy}, nil
}

// Hash returns the hash of a password as a PHC string. It waits for a free slot; if ctx ends first, the error wraps the error of ctx.
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

// Check reports whether the password matches the stored hash. An empty hash stands for an unknown login: Check does the same work and
// returns false, so that timing does not reveal which logins exist. It waits for a free slot; if ctx ends first, the error wraps the
// error of ctx. A damaged hash is an error.
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

// acquire waits for a free slot. The caller must call release if it returns nil.
func (p *Passwords) acquire(ctx context.Context) error {
	if err := p.slots.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("wait to hash a password: %w", err)
	}
	return nil
}

// release frees a slot.
func (p *Passwords) release() { p.slots.Release(1) }

// hashParams returns the cost of new hashes.
func hashParams() *argon2id.Params {
	return &argon2id.Params{
		Memory:      hashMemoryKiB,
		Iterations:  hashIterations,
		Parallelism: hashParallelism,
		SaltLength:  hashSaltBytes,
		KeyLength:   hashKeyBytes,
	}
}

// checkHash returns an error if a stored hash is not an argon2id hash within the limits. The error does not quote the hash.
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
