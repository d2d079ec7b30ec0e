package resolvers

import (
	"context"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
	"aisle/store/feedback"
)

const maxExternalIDLen = 100 // characters

// submitFeedback records the feedback of one customer.
func (r *Resolver) submitFeedback(ctx context.Context, in graph.SubmitFeedbackInput) (*graph.SubmitFeedbackPayload, error) {
	known, err := r.findReferences(ctx, []string{in.StoreCode}, nil)
	if err != nil {
		return nil, err
	}
	submission, err := parseSubmission(known, graph.FeedbackInput{
		StoreCode: in.StoreCode, Score: in.Score, Comment: in.Comment, SubmittedAt: in.SubmittedAt, ExternalID: in.ExternalID,
	}, r.Now())
	c := store.Command{Locks: store.StoreLocks(submission.StoreID)}
	row, errs, err := runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*feedback.Feedback, error) {
			outcomes, err := r.Modules.Feedback.Record(ctx, tx, scope, []feedback.Submission{submission})
			switch {
			case err != nil:
				return nil, err
			case outcomes[0].Err != nil:
				return nil, outcomes[0].Err
			default:
				return &outcomes[0].Feedback, nil
			}
		})
	return &graph.SubmitFeedbackPayload{Feedback: row, UserErrors: errs}, err
}

// feedbackCounts counts the results of recording feedback.
type feedbackCounts struct {
	Recorded, Unchanged int32
	Rejected            []store.RejectedRow
}

// recordFeedback records the valid feedback of the input.
func (r *Resolver) recordFeedback(ctx context.Context, in graph.RecordFeedbackInput) (*graph.RecordFeedbackPayload, error) {
	submissions, indexes, rejected, err := r.parseSubmissions(ctx, in.Feedback)
	c := store.Command{Locks: storeLocks(submissions, func(s feedback.Submission) uuid.UUID { return s.StoreID })}
	done, userErrs, err := runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (feedbackCounts, error) {
			outcomes, err := r.Modules.Feedback.Record(ctx, tx, scope, submissions)
			done := feedbackCounts{Rejected: rejected}
			for i, o := range outcomes {
				switch {
				case o.Err != nil:
					done.Rejected = append(done.Rejected, store.NewRejectedRow(indexes[i], o.Err))
				case o.IsNew:
					done.Recorded++
				default:
					done.Unchanged++
				}
			}
			return done, err
		})
	if err != nil {
		return nil, err
	}
	return &graph.RecordFeedbackPayload{
		RecordedCount: done.Recorded, UnchangedCount: done.Unchanged, Rejected: sortByIndex(done.Rejected), UserErrors: userErrs,
	}, nil
}

// parseSubmissions parses the feedback of an input. Indexes are those of the valid rows.
func (r *Resolver) parseSubmissions(
	ctx context.Context, rows []graph.FeedbackInput,
) (submissions []feedback.Submission, indexes []int, rejected []store.RejectedRow, err error) {
	if err := checkRowCount("feedback", len(rows)); err != nil {
		return nil, nil, nil, err
	}
	codes := make([]string, len(rows))
	for i, row := range rows {
		codes[i] = row.StoreCode
	}
	known, err := r.findReferences(ctx, codes, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	seen := map[string]int{}
	return parseRows(rows, func(i int, row graph.FeedbackInput) (feedback.Submission, error) {
		submission, err := parseSubmission(known, row, r.Now())
		id := submission.ExternalID
		if err != nil || id == nil {
			return submission, err
		}
		if first, twice := seen[*id]; twice {
			return submission, store.NewUserError(store.CodeTaken, "externalId",
				"The external id %s is also in row %d. Send each external id once.", store.Quote(*id), first)
		}
		seen[*id] = i
		return submission, nil
	})
}

// parseSubmission parses customer feedback. Without a time it is given when the command has its locks.
func parseSubmission(known references, in graph.FeedbackInput, now time.Time) (submission feedback.Submission, err error) {
	if in.Score < 0 || in.Score > 10 {
		return submission, store.NewInputError("score", "The score is %d. It must be 0 to 10.", in.Score)
	}
	at, err := known.store("storeCode", in.StoreCode)
	if err != nil {
		return submission, err
	}
	submission.StoreID, submission.Score = at.ID, in.Score
	if submission.Comment, err = parseNullableText("comment", in.Comment, maxCommentLen); err != nil {
		return submission, err
	}
	if in.ExternalID != nil {
		id, err := store.CleanText("externalId", *in.ExternalID, maxExternalIDLen)
		if err != nil {
			return submission, err
		}
		submission.ExternalID = &id
	}
	if in.SubmittedAt != nil {
		submission.SubmittedAt, err = parseOccurredAt("submittedAt", in.SubmittedAt, now)
	}
	return submission, err
}
