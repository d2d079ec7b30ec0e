package access

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
)

// RevokeAccessTokens revokes the access tokens of an employee that have another role, store or region than these, which are
// the employee's current ones. With an empty role it revokes all of them. until is when every token that is issued now has
// expired.
func (s *Service) RevokeAccessTokens(
	ctx context.Context, employeeID uuid.UUID, role auth.Role, storeID, regionID uuid.NullUUID, until time.Time,
) error {
	p := upsertRevocationParams{EmployeeID: employeeID, Until: until, AtStoreID: storeID, AtRegionID: regionID}
	if role != "" {
		p.Role = &role
	}
	if err := s.q.upsertRevocation(ctx, p); err != nil {
		return fmt.Errorf("revoke access tokens: %w", err)
	}
	return nil
}
