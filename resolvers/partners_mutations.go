package resolvers

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"

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
func (r *Resolver) addPartnerSecret(ctx context.Context, in graph.AddPartnerSecretInput) (*graph.AddPartnerSecretPayload, error) {
	id, err := parseID("partnerId", partners.Prefix, in.PartnerID)
	c := newPartnersCommand()
	payload := &graph.AddPartnerSecretPayload{}
	added, errs, err := runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*partners.SecretChange, error) {
			added, text, err := r.Modules.Partners.AddSecret(ctx, tx, scope, id, rand.Reader)
			payload.ClientSecret = &text
			return added, err
		})
	payload.UserErrors = errs
	if err != nil || len(errs) > 0 {
		payload.ClientSecret = nil
	}
	if added != nil {
		payload.Partner, payload.Secret = &added.Partner, &added.Secret
	}
	return payload, err
}

func (r *Resolver) updatePartner(ctx context.Context, in graph.UpdatePartnerInput) (*partners.Partner, []store.UserError, error) {
	id, inputErr := parseID("partnerId", partners.Prefix, in.PartnerID)
	changes, err := parsePartnerChanges(ctx, in)
	c := newPartnersCommand()
	partner, errs, err := runMutation(ctx, r, c, cmp.Or(inputErr, err),
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*partners.Partner, error) {
			partner, err := r.Modules.Partners.Update(ctx, tx, scope, id, in.ExpectedVersion, changes)
			if err != nil || !changes.ChangeAccess() {
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
	d.Scopes = auth.NewPartnerScopes(in.Scopes...)
	d.Stores.All = in.StoreAccess == partners.AllStores
	d.Stores.IDs, err = parsePartnerStores(ctx, in.StoreIds)
	return d, err
}

// parsePartnerChanges parses the changes to a partner. Only what the input has is changed, and nothing can be cleared.
func parsePartnerChanges(ctx context.Context, in graph.UpdatePartnerInput) (c partners.Changes, err error) {
	if c.Name, err = parseRequiredText("name", in.Name, maxNameLen); err != nil {
		return c, err
	}
	if list, ok := in.Scopes.ValueOK(); ok {
		scopes := auth.NewPartnerScopes(list...) // the module rejects an empty set
		c.Scopes = &scopes
	}
	if ids, ok := in.StoreIds.ValueOK(); ok {
		parsed, err := parsePartnerStores(ctx, ids)
		if err != nil {
			return c, err
		}
		c.StoreIDs = &parsed
	}
	if c.StoreAccess, err = parseRequired("storeAccess", in.StoreAccess); err != nil {
		return c, err
	}
	c.Status, err = parseRequired("status", in.Status)
	return c, err
}

// parsePartnerStores parses the ids of the stores that a partner sees. All stores must exist.
func parsePartnerStores(ctx context.Context, ids []string) ([]uuid.UUID, error) {
	if len(ids) > maxPartnerStores {
		return nil, store.NewUserError(store.CodeTooMany, "storeIds", "There are %d stores. At most %d are allowed.", len(ids), maxPartnerStores)
	}
	parsed := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		var err error
		if parsed[i], err = parseID(indexed("storeIds", i), stores.StorePrefix, id); err != nil {
			return nil, err
		}
	}
	found, err := loaders.FromContext(ctx).Stores().Stores.LoadMany(ctx, parsed)
	if err != nil {
		return nil, err
	}
	if i := slices.Index(found, nil); i >= 0 {
		return nil, store.NewUserError(store.CodeNotFound, indexed("storeIds", i), "There is no store with the id %s.", store.Quote(ids[i]))
	}
	slices.SortFunc(parsed, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(parsed), nil
}

// partnerSelection returns the stores that the partner has access to.
func partnerSelection(p *partners.Partner) stores.Selection {
	if p.AllStores {
		return stores.Selection{All: true}
	}
	return stores.SelectStores(p.StoreIds)
}
