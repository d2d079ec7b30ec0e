package partners

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// The commands of this module must hold its lock. They append no events: no client subscribes to partners.

// Lock returns the module's lock.
func Lock() store.Lock { return store.ModuleLock("partners") }

// A Draft is a partner to create.
type Draft struct {
	Name     string
	ClientID string // empty to generate one
	Scopes   auth.PartnerScopes
	Stores   auth.PartnerStores
}

// errNotChainScope is a programming error: the caller checks the permission first.
var errNotChainScope = errors.New("only a scope of the whole chain may manage partners")

// validate checks a partner's scopes and stores.
func (p *Partner) validate() error {
	switch {
	case p.Scopes == "":
		return store.NewUserError(store.CodeRequired, "scopes", "A partner needs at least one scope.")
	case p.AllStores && len(p.StoreIds) > 0:
		return store.NewInputError("storeIds", "The partner has access to all stores. Omit storeIds, or set storeAccess to SELECTED.")
	case !p.AllStores && len(p.StoreIds) == 0:
		return store.NewUserError(store.CodeRequired, "storeIds", "storeAccess is SELECTED. List at least one store in storeIds.")
	case !p.AllStores && slices.Contains(p.Scopes.List(), auth.ScopeCatalogWrite):
		return store.NewUserError(store.CodeNotAllowed, "scopes", "Only a partner with access to all stores can have the scope %s.",
			auth.ScopeCatalogWrite)
	default:
		return nil
	}
}

// Create creates a partner, which is active at once.
func (s *Service) Create(ctx context.Context, tx *store.Tx, scope auth.Scope, draft Draft) (*Partner, error) {
	if !scope.All() {
		return nil, errNotChainScope
	}
	row := Partner{ID: store.NewID(), Name: draft.Name, ClientID: draft.ClientID, Scopes: draft.Scopes, Active: true}
	row.AllStores, row.StoreIds = draft.Stores.All, append([]uuid.UUID{}, draft.Stores.IDs...)
	if row.ClientID == "" {
		row.ClientID = row.GlobalID()
	}
	if err := row.validate(); err != nil {
		return nil, err
	}
	created, err := New(tx).insertPartner(ctx, insertPartnerParams{
		ID: row.ID, Name: row.Name, ClientID: row.ClientID, Scopes: row.Scopes, AllStores: row.AllStores, StoreIds: row.StoreIds,
		Active: row.Active, CreatedAt: tx.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("insert a partner: %w", err)
	}
	return &created, nil
}

// Changes are the fields of a partner to change; nil keeps the value.
type Changes struct {
	Name        *string
	Scopes      *auth.PartnerScopes
	StoreAccess *StoreAccess // AllStores empties the list of stores
	StoreIDs    *[]uuid.UUID
	Status      *Status
}

// ChangeAccess reports whether the changes are of what the partner may do, or where.
func (c Changes) ChangeAccess() bool {
	return c.Scopes != nil || c.StoreAccess != nil || c.StoreIDs != nil || c.Status != nil
}

// Update changes a partner.
func (s *Service) Update(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32, changes Changes,
) (*Partner, error) {
	current, err := NewService(tx).partner(ctx, scope, id)
	if err != nil {
		return nil, err
	}
	if err := store.CheckVersion("partner", current.Version, expectedVersion); err != nil {
		return current, err
	}
	next := *current
	changes.apply(&next)
	if err := next.validate(); err != nil {
		return current, err
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
	if c.StoreAccess != nil {
		p.AllStores = *c.StoreAccess == AllStores
	}
	if p.AllStores {
		p.StoreIds = []uuid.UUID{}
	}
	if c.StoreIDs != nil {
		p.StoreIds = append([]uuid.UUID{}, *c.StoreIDs...)
	}
	if c.Status != nil {
		p.Active = *c.Status == Active
	}
}

// partner returns a partner. The error is NOT_FOUND if there is none.
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
