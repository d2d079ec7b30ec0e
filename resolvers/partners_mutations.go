package resolvers

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/partners"
	"aisle/store/stores"
)

// maxPartnerStores is the maximum number of stores that a partner can be given individually.
const maxPartnerStores = 1000

// newPartnersCommand returns a command on partners. Such commands run one at a time.
func newPartnersCommand() store.Command {
	return store.Command{Locks: []store.Lock{partners.Lock()}}
}

// createPartner creates a partner with its first secret. The stored response does not hold the secret, so a repeated request returns
// none.
func (r *Resolver) createPartner(
	ctx context.Context, in graph.CreatePartnerInput,
) (partner *partners.Partner, secret *string, errs []store.UserError, err error) {
	draft, err := parsePartner(ctx, in)
	c := newPartnersCommand()
	partner, errs, err = runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*partners.Partner, error) {
			made, err := r.Modules.Partners.Create(ctx, tx, scope, draft)
			if err != nil {
				return nil, err
			}
			_, text, err := r.Modules.Partners.AddSecret(ctx, tx, scope, made.ID, rand.Reader)
			secret = &text
			return made, err
		})
	if err != nil || len(errs) > 0 {
		secret = nil
	}
	return partner, secret, errs, err
}

// addPartnerSecret adds a secret to a partner. The stored response does not hold it either.
func (r *Resolver) addPartnerSecret(
	ctx context.Context, in graph.AddPartnerSecretInput,
) (row *partners.Secret, secret *string, errs []store.UserError, err error) {
	id, err := parseID("partnerId", partners.Prefix, in.PartnerID)
	c := newPartnersCommand()
	row, errs, err = runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*partners.Secret, error) {
			row, text, err := r.Modules.Partners.AddSecret(ctx, tx, scope, id, rand.Reader)
			secret = &text
			return row, err
		})
	if err != nil || len(errs) > 0 {
		secret = nil
	}
	return row, secret, errs, err
}

func (r *Resolver) updatePartner(ctx context.Context, in graph.UpdatePartnerInput) (*partners.Partner, []store.UserError, error) {
	id, inputErr := parseID("partnerId", partners.Prefix, in.PartnerID)
	changes, err := parsePartnerChanges(ctx, in)
	c := newPartnersCommand()
	partner, errs, err := runMutation(ctx, r, c, cmp.Or(inputErr, err),
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*partners.Partner, error) {
			partner, err := r.Modules.Partners.Update(ctx, tx, scope, id, in.ExpectedVersion, changes)
			if err != nil || in.Active == nil && changes.Scopes == nil && changes.Stores == nil {
				return partner, err
			}
			return partner, r.revokePartnerTokens(ctx, tx, partner)
		})
	r.Sessions.OnRevoke()
	return partner, errs, err
}

// revokePartnerTokens revokes the access tokens and ends the subscriptions of a partner whose access changed. A reactivated partner can
// get tokens again.
func (r *Resolver) revokePartnerTokens(ctx context.Context, tx *store.Tx, p *partners.Partner) error {
	role := auth.RolePartner
	if !p.Active {
		role = ""
	}
	none := uuid.NullUUID{}
	return access.NewService(tx).RevokeAccessTokens(ctx, p.ID, role, none, none, r.Sessions.AccessExpiry(tx.Now))
}

// parsePartner parses a partner to create.
func parsePartner(ctx context.Context, in graph.CreatePartnerInput) (d partners.Draft, err error) {
	if d.Name, err = store.CleanText("name", in.Name, maxNameLen); err != nil {
		return d, err
	}
	if d.Scopes, err = parsePartnerScopes(in.Scopes); err != nil {
		return d, err
	}
	d.Stores.All = in.StoreIds == nil
	d.Stores.IDs, err = parsePartnerStores(ctx, in.StoreIds)
	return d, err
}

// parsePartnerChanges parses the changes of a partner.
func parsePartnerChanges(ctx context.Context, in graph.UpdatePartnerInput) (c partners.Changes, err error) {
	if in.Name != nil {
		name, err := store.CleanText("name", *in.Name, maxNameLen)
		if err != nil {
			return c, err
		}
		c.Name = &name
	}
	if in.Scopes != nil {
		scopes, err := parsePartnerScopes(in.Scopes)
		if err != nil {
			return c, err
		}
		c.Scopes = &scopes
	}
	all := deref(in.AllStores)
	switch {
	case all && in.StoreIds != nil:
		return c, store.NewInputError("storeIds", "Send storeIds or allStores, not both.")
	case in.AllStores != nil && !all && in.StoreIds == nil:
		return c, store.NewInputError("storeIds", "allStores is false. Send the stores in storeIds.")
	case all || in.StoreIds != nil:
		ids, err := parsePartnerStores(ctx, in.StoreIds)
		if err != nil {
			return c, err
		}
		c.Stores = &auth.PartnerStores{All: all, IDs: ids}
	}
	c.Active = in.Active
	return c, nil
}

// parsePartnerScopes parses scopes.
func parsePartnerScopes(words []string) (auth.PartnerScopes, error) {
	scopes, err := auth.ParsePartnerScopes(strings.Join(words, " "))
	if err != nil {
		return "", store.NewInputError("scopes", "At least one scope is unknown. The scopes are: %s.", auth.FullPartnerScopes())
	}
	return scopes, nil
}

// parsePartnerStores parses the ids of the stores that a partner sees. All stores must exist.
func parsePartnerStores(ctx context.Context, ids []string) ([]uuid.UUID, error) {
	if len(ids) > maxPartnerStores {
		return nil, store.NewInputError("storeIds", "There are %d stores. At most %d are allowed.", len(ids), maxPartnerStores)
	}
	parsed := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		var err error
		if parsed[i], err = parseID("storeIds", stores.StorePrefix, id); err != nil {
			return nil, err
		}
	}
	found, err := loaders.FromContext(ctx).Stores().Stores.LoadMany(ctx, parsed)
	if err != nil {
		return nil, err
	}
	if i := slices.Index(found, nil); i >= 0 {
		return nil, store.NewUserError(store.CodeNotFound, "storeIds", "There is no store with the id %s.", store.Quote(ids[i]))
	}
	slices.SortFunc(parsed, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(parsed), nil
}

// loadPartnerStores loads the stores of each partner; nil for a partner that sees all stores.
func loadPartnerStores(ctx context.Context, list []*partners.Partner) ([][]stores.Snapshot, error) {
	var ids []uuid.UUID
	for _, p := range list {
		ids = append(ids, p.StoreIds...)
	}
	found, err := loaders.FromContext(ctx).Stores().Stores.LoadMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	all := make([][]stores.Snapshot, len(list))
	for i, p := range list {
		if !p.AllStores {
			all[i] = make([]stores.Snapshot, 0, len(p.StoreIds))
		}
		for _, s := range found[:len(p.StoreIds)] {
			if s != nil {
				all[i] = append(all[i], *s)
			}
		}
		found = found[len(p.StoreIds):]
	}
	return all, nil
}
