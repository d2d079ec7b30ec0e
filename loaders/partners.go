package loaders

import (
	"github.com/google/uuid"

	"aisle/store/partners"
)

// Partners loads partners.
type Partners struct {
	Partners         *Loader[uuid.UUID, *partners.Partner]
	SecretsOfPartner *Loader[uuid.UUID, []partners.Secret]
}

func newPartners(r *request, s *partners.Service) Partners {
	return Partners{
		Partners:         newRows(r, s.GetPartners, func(p *partners.Partner) uuid.UUID { return p.ID }),
		SecretsOfPartner: newLists(r, s.ListSecrets, func(s *partners.Secret) uuid.UUID { return s.PartnerID }),
	}
}
