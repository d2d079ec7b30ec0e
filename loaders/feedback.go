package loaders

import (
	"github.com/google/uuid"

	"aisle/store"
	"aisle/store/feedback"
)

// Feedback loads customer feedback.
type Feedback struct {
	Feedback     *Loader[uuid.UUID, *feedback.Feedback]
	PagesOfStore *Loader[ParentQuery[uuid.UUID, feedback.PageQuery], store.Page[feedback.Feedback]]
	CountOfStore *Loader[uuid.UUID, int]
}

func newFeedback(r *request, s *feedback.Service) Feedback {
	return Feedback{
		Feedback:     newRows(r, s.GetFeedback, func(f *feedback.Feedback) uuid.UUID { return f.ID }),
		PagesOfStore: newPages(r, s.ListByStore),
		CountOfStore: newCounts(r, s.CountByStore),
	}
}
