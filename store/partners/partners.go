// Package partners is the module of partner systems, which use the API as OAuth clients: their scopes, stores and secrets.
package partners

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"aisle/auth"
	"aisle/store"
)

// The prefixes of this module's global ids.
const (
	Prefix       = "partner"
	SecretPrefix = "secret"
)

// GlobalID returns the partner's id for clients.
func (p Partner) GlobalID() string { return store.GlobalID(Prefix, p.ID) }

// Status returns whether the partner can get and use access tokens.
func (p Partner) Status() Status {
	if p.Active {
		return Active
	}
	return Inactive
}

// StoreAccess returns whether the partner has access to all stores or only to those in StoreIds.
func (p Partner) StoreAccess() StoreAccess {
	if p.AllStores {
		return AllStores
	}
	return SelectedStores
}

// ScopeList returns the partner's scopes, sorted.
func (p Partner) ScopeList() []auth.PartnerScope { return p.Scopes.List() }

// GlobalID returns the secret's id for clients. The id itself is not secret.
func (s Secret) GlobalID() string { return store.GlobalID(SecretPrefix, s.ID) }

// Service reads and writes the module's rows. Only scopes of the whole chain include partners.
type Service struct{ q *Queries }

// NewService returns the module's service on a pool or a transaction.
func NewService(db store.DB) *Service { return &Service{New(store.WithModule(db, "partners"))} }

// GetPartners returns the partners with the ids, in no order.
func (s *Service) GetPartners(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Partner, error) {
	rows, err := s.q.getPartners(ctx, getPartnersParams{Ids: ids, ScopeAll: scope.All()})
	if err != nil {
		return nil, fmt.Errorf("partners by id: %w", err)
	}
	return rows, nil
}

// FindByClientID returns the partner with a client id. The error is NOT_FOUND if there is none.
func (s *Service) FindByClientID(ctx context.Context, scope auth.Scope, clientID string) (*Partner, error) {
	found, err := s.q.findPartnerByClientID(ctx, clientID)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !scope.All() {
		return nil, store.NewUserError(store.CodeNotFound, "clientId", "There is no partner with the client id %s.", store.Quote(clientID))
	}
	if err != nil {
		return nil, fmt.Errorf("partner by client id: %w", err)
	}
	return &found.Partner, nil
}

// A Filter selects partners. The zero value selects all.
type Filter struct {
	Statuses store.Set[Status] // empty for all
	Search   string            // part of the name or the client id, ignoring case
}

// A PageQuery is a page of the list of partners, by name.
type PageQuery struct {
	Filter

	First int32
	After store.Cursor
}

const order = 'P'

// ParseCursor parses a cursor of the list of partners.
func ParseCursor(s string) (store.Cursor, error) { return store.ParseTextCursor(order, s) }

// Cursor returns the partner's cursor.
func (p Partner) Cursor() store.Cursor { return store.TextCursor(order, p.Name, p.ID) }

// List returns one page of partners.
func (s *Service) List(ctx context.Context, scope auth.Scope, q PageQuery) (store.Page[Partner], error) {
	rows, err := s.q.listPartners(ctx, listPartnersParams{
		ScopeAll: scope.All(), Statuses: q.Statuses.Strings(), Pattern: store.LikePattern(q.Search),
		AfterName: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	if err != nil {
		return store.Page[Partner]{}, fmt.Errorf("page of partners: %w", err)
	}
	return store.NewPage(rows, q.First), nil
}

// Count counts partners.
func (s *Service) Count(ctx context.Context, scope auth.Scope, f Filter) (int, error) {
	n, err := s.q.countPartners(ctx, countPartnersParams{
		ScopeAll: scope.All(), Statuses: f.Statuses.Strings(), Pattern: store.LikePattern(f.Search),
	})
	if err != nil {
		return 0, fmt.Errorf("count partners: %w", err)
	}
	return int(n), nil
}

// ListSecrets returns the secrets of partners without their hashes, by partner, oldest first.
func (s *Service) ListSecrets(ctx context.Context, scope auth.Scope, partnerIDs []uuid.UUID) ([]Secret, error) {
	rows, err := s.q.listSecretsByPartner(ctx, listSecretsByPartnerParams{PartnerIds: partnerIDs, ScopeAll: scope.All()})
	for i := range rows {
		rows[i].Hash = nil
	}
	if err != nil {
		return nil, fmt.Errorf("secrets of partners: %w", err)
	}
	return rows, nil
}

// Authenticate returns the active partner with a client id and one of its secrets. Every other case gets auth.ErrInvalidClient,
// with the same text and after the same work.
func (s *Service) Authenticate(ctx context.Context, clientID, secret string) (Partner, error) {
	if !store.IsValidText(clientID) {
		clientID = "" // no partner has it; PostgreSQL would fail on the invalid text
	}
	found, err := s.q.findPartnerByClientID(ctx, clientID)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Partner{}, fmt.Errorf("partner by client id: %w", err)
	}
	if right := auth.CheckPartnerSecret(found.Hashes, secret); !right || !found.Partner.Active {
		return Partner{}, auth.ErrInvalidClient
	}
	return found.Partner, nil
}

// GetStoreAccess returns the stores that a partner has access to. The error wraps auth.ErrInvalidToken if the partner does not
// exist, is not active, or no longer has all scopes of its token. It takes no scope: a partner's scope is derived from it.
func (s *Service) GetStoreAccess(ctx context.Context, v auth.Viewer) (auth.PartnerStores, error) {
	row, err := s.q.getPartnerAccess(ctx, v.PartnerID)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return auth.PartnerStores{}, fmt.Errorf("%w (no active partner)", auth.ErrInvalidToken)
	case err != nil:
		return auth.PartnerStores{}, fmt.Errorf("reach of a partner: %w", err)
	case !v.Scopes.IsSubsetOf(row.Scopes):
		return auth.PartnerStores{}, fmt.Errorf("%w (the partner has fewer scopes now)", auth.ErrInvalidToken)
	}
	return auth.PartnerStores{All: row.AllStores, IDs: row.StoreIds}, nil
}
