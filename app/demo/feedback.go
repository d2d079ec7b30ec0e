package demo

import (
	"aisle/store/feedback"
	"aisle/store/stores"
)

const feedbackDays = 60

// addFeedback adds the feedback of customers: a few entries a day, most of them positive.
func (p *plan) addFeedback(r random, c calendar, rows *storeRows) {
	until, ever := workedUntil(rows.Store.Status, p.options.Now)
	if !ever || rows.Store.Format == stores.FormatDarkStore { // customers do not enter it
		return
	}
	c.now = until
	liked := r.between(35, 60) // in percent
	for days := range feedbackDays {
		opens, closes := c.opening(-days)
		for range r.pickWeighted(30, 40, 20, 10) {
			at, ok := c.randomTime(r, opens, earlier(closes, c.now))
			if !ok {
				continue
			}
			rows.Feedback = append(rows.Feedback, feedback.CopyFeedbackParams{
				ID: r.id(at), StoreID: rows.Store.ID, Score: r.score(liked), SubmittedAt: at, CreatedAt: at,
			})
		}
	}
}

// score returns a random score for a store that a percentage of customers like.
func (r random) score(liked int) int32 {
	low, high := 9, 10
	switch r.pickWeighted(liked, 85-liked, 15) {
	case 1:
		low, high = 7, 8
	case 2:
		low, high = 0, 6
	}
	return int32(r.between(low, high)) //nolint:gosec // 0 to 10
}
