package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
	"aisle/store/partners"
	"aisle/store/postgres"
	"aisle/store/stores"
)

// partnerCommand is about partners: systems of others that ask us, or are told by us.
type partnerCommand struct {
	Create partnerCreate `cmd:"" help:"Make a partner, and show its secret once."`
	List   partnerList   `cmd:"" help:"List the partners and their secrets, which are not shown."`
	Secret partnerSecret `cmd:"" help:"Add and end secrets: two can be good at once, so that none of a partner's systems has to stop."`
}

type partnerSecret struct {
	Add partnerSecretAdd `cmd:"" help:"Make another secret for a partner, and show it once."`
	End partnerSecretEnd `cmd:"" help:"Make a secret worth nothing."`
}

type partnerCreate struct {
	database

	Name  string   `required:"" placeholder:"NAME" help:"Whose system it is, and which."`
	Scope []string `required:"" placeholder:"SCOPE" help:"What it may do: ${scopes}."`
	Store []string `placeholder:"CODE" help:"The stores that it sees, by their codes. Without it: all."`
}

// longestPartnerName is how many characters a partner's name has at most.
const longestPartnerName = 200

// Run makes the partner.
func (c partnerCreate) Run(ctx context.Context, t Terminal) error {
	name, err := store.CleanText("name", c.Name, longestPartnerName)
	if err != nil {
		return fmt.Errorf("--name: %w", err)
	}
	scopes, err := auth.ParsePartnerScopes(strings.Join(c.Scope, " "))
	if err != nil {
		return fmt.Errorf("--scope: one of %q is none. There are: %s", c.Scope, auth.FullPartnerScopes())
	}
	draft := partners.Draft{Name: name, Scopes: scopes, Stores: auth.PartnerStores{All: len(c.Store) == 0}}
	return c.showSecret(ctx, "createPartner", t, func(ctx context.Context, tx *store.Tx) (partner *partners.Partner, err error) {
		if draft.Stores.IDs, err = storesOfCodes(ctx, tx, c.Store); err != nil {
			return nil, err
		}
		return partners.NewService(tx).Create(ctx, tx, auth.SystemScope(), draft)
	})
}

// storesOfCodes are the ids of the stores that have the codes, all of which must be there.
func storesOfCodes(ctx context.Context, db store.DB, codes []string) ([]uuid.UUID, error) {
	found, err := stores.NewService(db).GetStoresByCode(ctx, auth.SystemScope(), codes)
	if err != nil {
		return nil, err
	}
	byCode := map[string]uuid.UUID{}
	for _, s := range found {
		byCode[s.Code] = s.ID
	}
	ids := make([]uuid.UUID, len(codes))
	for i, code := range codes {
		id, ok := byCode[code]
		if !ok {
			return nil, fmt.Errorf("--store: there is no store with the code %q", code)
		}
		ids[i] = id
	}
	return ids, nil
}

type partnerList struct{ database }

// Run lists the partners.
func (c partnerList) Run(ctx context.Context, t Terminal) error {
	return c.withPool(ctx, func(pool *postgres.Pool) error {
		s := partners.NewService(pool)
		q := partners.PageQuery{First: store.MaxPageSize}
		for {
			page, err := s.List(ctx, auth.SystemScope(), q)
			if err != nil {
				return err
			}
			if err := listPartners(ctx, s, page.Items, t); err != nil {
				return err
			}
			if !page.HasMore {
				return nil
			}
			q.After = page.Items[len(page.Items)-1].Cursor()
		}
	})
}

// listPartners prints some lines for each partner.
func listPartners(ctx context.Context, s *partners.Service, list []partners.Partner, t Terminal) error {
	for _, p := range list {
		secrets, err := s.ListSecrets(ctx, auth.SystemScope(), []uuid.UUID{p.ID})
		if err != nil {
			return err
		}
		state, sees := "active", "all stores"
		if !p.Active {
			state = "switched off"
		}
		if !p.AllStores {
			sees = fmt.Sprintf("%d stores", len(p.StoreIds))
		}
		t.answerf("%s\n  client id  %s\n  scopes     %s\n  sees       %s\n  state      %s", p.Name, p.ClientID, p.Scopes, sees, state)
		for _, secret := range secrets {
			until := "good"
			if secret.EndedAt != nil {
				until = "ended " + instant(*secret.EndedAt)
			}
			t.answerf("  secret     %s  made %s  %s", secret.GlobalID(), instant(secret.CreatedAt), until)
		}
	}
	return nil
}

type partnerSecretAdd struct {
	database

	ClientID string `arg:"" help:"The partner's client id."`
}

// Run makes the secret.
func (c partnerSecretAdd) Run(ctx context.Context, t Terminal) error {
	return c.showSecret(ctx, "addPartnerSecret", t, func(ctx context.Context, tx *store.Tx) (*partners.Partner, error) {
		return partners.NewService(tx).FindByClientID(ctx, auth.SystemScope(), c.ClientID)
	})
}

type partnerSecretEnd struct {
	database

	SecretID string `arg:"" help:"The secret's id, as the list has it."`
}

// Run ends the secret.
func (c partnerSecretEnd) Run(ctx context.Context, t Terminal) error {
	id, err := store.ParseID(partners.SecretPrefix, c.SecretID)
	if err != nil {
		return err
	}
	err = c.change(ctx, "endPartnerSecret", partners.Lock(), func(ctx context.Context, tx *store.Tx) error {
		_, err := partners.NewService(tx).EndSecret(ctx, tx, auth.SystemScope(), id)
		return err
	})
	if err == nil {
		t.answerf("%s has ended. Tokens that were got with it are good until they expire.", c.SecretID)
	}
	return err
}

// showSecret makes a secret for the partner that f finds or makes, and shows it when it is good.
func (d database) showSecret(
	ctx context.Context, name string, t Terminal, f func(ctx context.Context, tx *store.Tx) (*partners.Partner, error),
) error {
	var partner *partners.Partner
	var secret *partners.Secret
	var text string
	err := d.change(ctx, name, partners.Lock(), func(ctx context.Context, tx *store.Tx) (err error) {
		if partner, err = f(ctx, tx); err != nil {
			return err
		}
		secret, text, err = partners.NewService(tx).AddSecret(ctx, tx, auth.SystemScope(), partner.ID, rand.Reader)
		return err
	})
	if err != nil {
		return err
	}
	t.answerf("client id      %s\nclient secret  %s", partner.ClientID, text)
	t.notef("The secret is kept nowhere and shown this once. Its id, to end it, is %s.", secret.GlobalID())
	return nil
}
