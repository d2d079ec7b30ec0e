package loaders

import (
	"context"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store/access"
)

// Access loads sessions. It does not check permissions: the caller must.
type Access struct {
	SessionsOf *Loader[uuid.UUID, []access.SessionInfo]
}

func newAccess(r *request, s *access.Service, now time.Time) Access {
	return Access{
		SessionsOf: newLists(r, func(ctx context.Context, _ auth.Scope, employeeIDs []uuid.UUID) ([]access.SessionInfo, error) {
			return s.ListActiveSessions(ctx, employeeIDs, now)
		}, func(l *access.SessionInfo) uuid.UUID { return l.EmployeeID }),
	}
}
