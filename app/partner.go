package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
	"aisle/store/partners"
	"aisle/store/postgres"
	"aisle/store/stores"
)

// partnerCommand manages partners, whose systems use the API.
type partnerCommand struct {
	Create partnerCreate `cmd:"" help:"Create a partner, and print its client secret once."`
	List   partnerList   `cmd:"" help:"List the partners and the IDs of their secrets."`
	Secret partnerSecret `cmd:"" help:"Add and revoke client secrets. A partner can have two, so that its systems can change from one to the other without downtime."`
}

type partnerSecret struct {
	Add    partnerSecretAdd    `cmd:"" help:"Add a client secret to a partner, and print it once."`
	Revoke partnerSecretRevoke `cmd:"" help:"Revoke a client secret."`
}

type partnerCreate struct {
	database

	Name  string   `required:"" placeholder:"NAME" help:"Name of the partner and its system."`
	Scope []string `required:"" placeholder:"SCOPE" help:"What the partner may do: ${scopes}. Can be repeated."`
	Store []string `placeholder:"CODE" help:"Code of a store that the partner sees. Can be repeated. Default: all stores."`
}

// maxPartnerNameLen is the maximum length of a partner's name in characters.
const maxPartnerNameLen = 200

// Run creates the partner.
func (c partnerCreate) Run(ctx context.Context, t Terminal) error {
	name, err := store.CleanText("name", c.Name, maxPartnerNameLen)
	if err != nil {
		return fmt.Errorf("--name: %w", err)
	}
	scopes, err := auth.ParsePartnerScopes(strings.Join(c.Scope, " "))
	if err != nil {
		return fmt.Errorf("--scope: unknown scope in %q. The scopes are: %s", c.Scope, auth.FullPartnerScopes())
	}
	draft := partners.Draft{Name: name, Scopes: scopes, Stores: auth.PartnerStores{All: len(c.Store) == 0}}
	return c.addSecret(ctx, "createPartner", t, func(ctx context.Context, tx *store.Tx) (partner *partners.Partner, err error) {
		if draft.Stores.IDs, err = findStores(ctx, tx, c.Store); err != nil {
			return nil, err
		}
		return partners.NewService(tx).Create(ctx, tx, auth.SystemScope(), draft)
	})
}

// findStores returns the IDs of the stores with the codes. It returns an error if one does not exist.
func findStores(ctx context.Context, db store.DB, codes []string) ([]uuid.UUID, error) {
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
			return nil, fmt.Errorf("--store: no store has the code %q", code)
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

// listPartners prints partners with their secrets.
func listPartners(ctx context.Context, s *partners.Service, list []partners.Partner, t Terminal) error {
	for _, p := range list {
		secrets, err := s.ListSecrets(ctx, auth.SystemScope(), []uuid.UUID{p.ID})
		if err != nil {
			return err
		}
		state, visible := "active", "all stores"
		if !p.Active {
			state = "inactive"
		}
		if !p.AllStores {
			visible = strconv.Itoa(len(p.StoreIds))
		}
		t.printf("%s\n  client id  %s\n  scopes     %s\n  stores     %s\n  state      %s", p.Name, p.ClientID, p.Scopes, visible, state)
		for _, secret := range secrets {
			state := "active"
			if secret.RevokedAt != nil {
				state = "revoked " + instant(*secret.RevokedAt)
			}
			t.printf("  secret     %s  created %s  %s", secret.GlobalID(), instant(secret.CreatedAt), state)
		}
	}
	return nil
}

type partnerSecretAdd struct {
	database

	ClientID string `arg:"" help:"Client ID of the partner."`
}

// Run adds the secret.
func (c partnerSecretAdd) Run(ctx context.Context, t Terminal) error {
	return c.addSecret(ctx, "addPartnerSecret", t, func(ctx context.Context, tx *store.Tx) (*partners.Partner, error) {
		return partners.NewService(tx).FindByClientID(ctx, auth.SystemScope(), c.ClientID)
	})
}

type partnerSecretRevoke struct {
	database

	SecretID string `arg:"" help:"ID of the secret, as in aisle partner list."`
}

// Run revokes the secret.
func (c partnerSecretRevoke) Run(ctx context.Context, t Terminal) error {
	id, err := store.ParseID(partners.SecretPrefix, c.SecretID)
	if err != nil {
		return err
	}
	err = c.runCommand(ctx, "revokePartnerSecret", partners.Lock(), func(ctx context.Context, tx *store.Tx) error {
		_, err := partners.NewService(tx).RevokeSecret(ctx, tx, auth.SystemScope(), id)
		return err
	})
	if err == nil {
		t.printf("Revoked %s. Access tokens that were issued with it stay valid until they expire.", c.SecretID)
	}
	return err
}

// addSecret adds a secret to the partner that f returns, and prints it after the commit.
func (d database) addSecret(
	ctx context.Context, name string, t Terminal, f func(ctx context.Context, tx *store.Tx) (*partners.Partner, error),
) error {
	var partner *partners.Partner
	var added *partners.SecretChange
	var text string
	err := d.runCommand(ctx, name, partners.Lock(), func(ctx context.Context, tx *store.Tx) (err error) {
		if partner, err = f(ctx, tx); err != nil {
			return err
		}
		added, text, err = partners.NewService(tx).AddSecret(ctx, tx, auth.SystemScope(), partner.ID, rand.Reader)
		return err
	})
	if err != nil {
		return err
	}
	t.printf("client id      %s\nclient secret  %s", partner.ClientID, text)
	t.notef("Save the client secret now: it is not stored and cannot be shown again. To revoke it, use its ID %s.", added.Secret.GlobalID())
	return nil
}
