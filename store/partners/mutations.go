package partners

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"aisle/auth"
	"aisle/store"
)

// All commands of this module have its lock, and tell nothing to the log of events: no client follows partners.

// Lock is the module's lock.
func Lock() store.Lock { return store.ModuleLock("partners") }

// Draft is what a partner is to be.
type Draft struct {
	Name     string
	ClientID string // empty for one of our making
	Scopes   auth.PartnerScopes
	Stores   auth.PartnerStores
}

// errForeign is a fault of the caller, who has asked for the permission.
var errForeign = errors.New("partners are managed by those who see the whole chain")

// check says what is wrong with a partner; nil for nothing.
func (p *Partner) check() error {
	switch {
	case p.Scopes == "":
		return store.NewInputError("scopes", "A partner needs a scope: without one it can do nothing.")
	case p.AllStores == (len(p.StoreIds) > 0):
		return store.NewInputError("storeIds", "A partner sees all stores, or one or more that are named.")
	case !p.AllStores && slices.Contains(p.Scopes.List(), auth.ScopeCatalogWrite):
		return store.NewInputError("scopes", "The catalog is the chain's: %s is for partners that see all stores.", auth.ScopeCatalogWrite)
	default:
		return nil
	}
}

// Create makes a partner, which is active at once.
func (s *Service) Create(ctx context.Context, tx *store.Tx, scope auth.Scope, draft Draft) (*Partner, error) {
	if !scope.All() {
		return nil, errForeign
	}
	row := Partner{ID: store.NewID(), Name: draft.Name, ClientID: draft.ClientID, Scopes: draft.Scopes, Active: true}
	row.see(draft.Stores)
	if row.ClientID == "" {
		row.ClientID = row.GlobalID()
	}
	if err := row.check(); err != nil {
		return nil, err
	}
	made, err := New(tx).insertPartner(ctx, insertPartnerParams{
		ID: row.ID, Name: row.Name, ClientID: row.ClientID, Scopes: row.Scopes, AllStores: row.AllStores, StoreIds: row.StoreIds,
		Active: row.Active, CreatedAt: tx.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("insert a partner: %w", err)
	}
	return &made, nil
}

// see gives a partner the stores.
func (p *Partner) see(stores auth.PartnerStores) {
	p.AllStores, p.StoreIds = stores.All, append([]uuid.UUID{}, stores.IDs...)
}

// Changes are what of a partner is to change; nil is left as it is.
type Changes struct {
	Name   *string
	Scopes *auth.PartnerScopes
	Stores *auth.PartnerStores
	Active *bool
}

// Update changes a partner.
func (s *Service) Update(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expected *int32, changes Changes,
) (*Partner, error) {
	now, err := NewService(tx).partner(ctx, scope, id)
	if err != nil {
		return nil, err
	}
	if err := store.CheckVersion("partner", now.Version, expected); err != nil {
		return now, err
	}
	next := *now
	changes.apply(&next)
	if err := next.check(); err != nil {
		return now, err
	}
	row, err := New(tx).updatePartner(ctx, updatePartnerParams{
		ID: id, Name: next.Name, Scopes: next.Scopes, AllStores: next.AllStores, StoreIds: next.StoreIds, Active: next.Active,
		UpdatedAt: tx.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("update a partner: %w", err)
	}
	return &row, nil
}

func (c Changes) apply(p *Partner) {
	if c.Name != nil {
		p.Name = *c.Name
	}
	if c.Scopes != nil {
		p.Scopes = *c.Scopes
	}
	if c.Stores != nil {
		p.see(*c.Stores)
	}
	if c.Active != nil {
		p.Active = *c.Active
	}
}

// partner reads one that must be there.
func (s *Service) partner(ctx context.Context, scope auth.Scope, id uuid.UUID) (*Partner, error) {
	found, err := s.GetPartners(ctx, scope, []uuid.UUID{id})
	if err == nil && len(found) == 0 {
		err = store.NewUserError(store.CodeNotFound, "partnerId", "There is no such partner.")
	}
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}

// AddSecret makes a secret for a partner and answers its text, which is kept nowhere: show it once. rand is
// crypto/rand.Reader outside of tests.
func (s *Service) AddSecret(
	ctx context.Context, tx *store.Tx, scope auth.Scope, partnerID uuid.UUID, rand io.Reader,
) (row *Secret, text string, err error) {
	text, hash, err := auth.NewPartnerSecret(rand)
	if err != nil {
		return nil, "", err
	}
	row, err = s.AddSecretHash(ctx, tx, scope, partnerID, hash)
	if err != nil {
		return nil, "", err
	}
	return row, text, nil
}

// AddSecretHash makes a secret good for a partner, by its hash.
func (s *Service) AddSecretHash(
	ctx context.Context, tx *store.Tx, scope auth.Scope, partnerID uuid.UUID, hash []byte,
) (*Secret, error) {
	in := NewService(tx)
	if _, err := in.partner(ctx, scope, partnerID); err != nil {
		return nil, err
	}
	secrets, err := in.ListSecrets(ctx, scope, []uuid.UUID{partnerID})
	if err != nil {
		return nil, err
	}
	good := 0
	for _, secret := range secrets {
		if secret.EndedAt == nil {
			good++
		}
	}
	if good >= auth.MaxPartnerSecrets {
		return nil, store.NewInputError("partnerId", "The partner has %d secrets that are good, the most: end the one that is used no more.", good)
	}
	row, err := New(tx).insertSecret(ctx, insertSecretParams{ID: store.NewID(), PartnerID: partnerID, Hash: hash, CreatedAt: tx.Now})
	if err != nil {
		return nil, fmt.Errorf("insert a secret: %w", err)
	}
	row.Hash = nil
	return &row, nil
}

// EndSecret makes a secret worth nothing. One that has ended already stays as it is.
func (s *Service) EndSecret(ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID) (*Secret, error) {
	row, err := New(tx).getSecret(ctx, getSecretParams{ID: id, ScopeAll: scope.All()})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, store.NewUserError(store.CodeNotFound, "secretId", "There is no such secret.")
	}
	if err == nil && row.EndedAt == nil {
		row, err = New(tx).endSecret(ctx, endSecretParams{ID: id, EndedAt: &tx.Now})
	}
	if err != nil {
		return nil, fmt.Errorf("end a secret: %w", err)
	}
	row.Hash = nil
	return &row, nil
}
