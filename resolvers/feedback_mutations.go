package resolvers

import (
	"context"

	"aisle/graph"
	"aisle/store"
	"aisle/store/feedback"
)

// parseSubmission parses customer feedback.
func (r *Resolver) parseSubmission(ctx context.Context, in graph.SubmitFeedbackInput) (submission feedback.Submission, err error) {
	if in.Score < 0 || in.Score > 10 {
		return submission, store.NewInputError("score", "The score is %d. It must be 0 to 10.", in.Score)
	}
	known, err := r.findReferences(ctx, []string{in.StoreCode}, nil)
	if err != nil {
		return submission, err
	}
	at, err := known.store("storeCode", in.StoreCode)
	if err != nil {
		return submission, err
	}
	submission.StoreID, submission.Score = at.ID, in.Score
	if submission.Comment, err = parseNullableText("comment", in.Comment, maxCommentLen); err != nil {
		return submission, err
	}
	submission.SubmittedAt, err = parseOccurredAt("submittedAt", in.SubmittedAt, r.Now())
	return submission, err
}
