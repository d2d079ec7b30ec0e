package demo

import (
	"aisle/store/feedback"
	"aisle/store/stores"
)

const feedbackDays = 60 // over so many days customers said something

// said makes what customers said about the store: some a day, and mostly well.
func (p *plan) said(r random, c calendar, rows *storeRows) {
	until, ever := working(rows.Store.Status, p.options.Now)
	if !ever || rows.Store.Format == stores.FormatDarkStore { // which no customer has seen
		return
	}
	c.now = until
	liked := r.between(35, 60) // of a hundred
	for days := range feedbackDays {
		opens, closes := c.opening(-days)
		for range r.choose(30, 40, 20, 10) {
			at, ok := c.moment(r, opens, earlier(closes, c.now))
			if !ok {
				continue
			}
			rows.Feedback = append(rows.Feedback, feedback.CopyFeedbackParams{
				ID: r.id(at), StoreID: rows.Store.ID, Score: r.score(liked), SubmittedAt: at, CreatedAt: at,
			})
		}
	}
}

// score is what a customer gives a store that so many of a hundred like.
func (r random) score(liked int) int32 {
	low, high := 9, 10
	switch r.choose(liked, 85-liked, 15) {
	case 1:
		low, high = 7, 8
	case 2:
		low, high = 0, 6
	}
	return int32(r.between(low, high)) //nolint:gosec // 0 to 10
}
