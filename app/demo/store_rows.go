package demo

import (
	"time"

	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/inventory"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// storeRows are all rows of a store.
type storeRows struct {
	Store     stores.CopyStoresParams
	Employees []staff.CopyEmployeesParams
	Prices    []catalog.CopyPricesParams
	Stocks    []inventory.CopyStocksParams
	Lots      []inventory.CopyLotsParams
	Tasks     []tasks.CopyTasksParams
	Steps     []tasks.CopyStepsParams
	Comments  []tasks.CopyCommentsParams
	Feedback  []feedback.CopyFeedbackParams
}

// closedFor is the time since a closed store was closed.
const closedFor = 30 * day

// workedUntil returns the end of the time in which a store of the status worked; ever is false for a planned store.
func workedUntil(status stores.Status, now time.Time) (until time.Time, ever bool) {
	switch status {
	case stores.StatusPlanned:
		return time.Time{}, false
	case stores.StatusClosed:
		return now.Add(-closedFor), true
	default:
		return now, true
	}
}
