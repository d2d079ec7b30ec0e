package stores

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// A Selection is all stores, or some of them. It is comparable: selections of the same stores in the same order are equal.
type Selection struct {
	All bool

	ids string // the bytes of each id, one after another
}

// SelectStores returns the selection of the stores.
func SelectStores(ids []uuid.UUID) Selection {
	text := make([]byte, 0, len(ids)*len(uuid.UUID{}))
	for _, id := range ids {
		text = append(text, id[:]...)
	}
	return Selection{ids: string(text)}
}

// selectionArgs are selections as arguments of a query: each has a number, and pairs of the number with its stores.
type selectionArgs struct {
	numbers, pairNumbers []int32
	isAll                []bool
	pairStores           []uuid.UUID
}

func newSelectionArgs(selections []Selection) (a selectionArgs) {
	for i, s := range selections {
		number := int32(i)
		a.numbers, a.isAll = append(a.numbers, number), append(a.isAll, s.All)
		for text := s.ids; text != ""; text = text[len(uuid.UUID{}):] {
			a.pairNumbers, a.pairStores = append(a.pairNumbers, number), append(a.pairStores, uuid.UUID([]byte(text[:len(uuid.UUID{})])))
		}
	}
	return a
}

// ListBySelection returns one page of stores for each selection.
func (s *Service) ListBySelection(
	ctx context.Context, scope auth.Scope, selections []Selection, q PageQuery,
) (map[Selection]store.Page[Snapshot], error) {
	args := newSelectionArgs(selections)
	only, except := q.IDs.arguments()
	type numbered struct {
		Snapshot

		number int32
	}
	query := func(ctx context.Context, p listStoresBySelectionParams) ([]numbered, error) {
		rows, err := s.lists.listStoresBySelection(ctx, p)
		list := make([]numbered, len(rows))
		for i, r := range rows {
			list[i] = numbered{newSnapshot(r.Store, r.Region), r.Number}
		}
		return list, err
	}
	byNumber, err := store.ListByParent(ctx, "stores of selections", query, listStoresBySelectionParams{
		Numbers: args.numbers, IsAll: args.isAll, PairNumbers: args.pairNumbers, PairStores: args.pairStores,
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: q.RegionID, Statuses: q.Statuses.Strings(), Pattern: store.LikePattern(q.Search),
		OnlyIds: only, ExceptIds: except, ListOrder: string(cmp.Or(q.Order, OrderCodeAsc)),
		AfterKey: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(n *numbered) int32 { return n.number })
	if err != nil {
		return nil, err
	}
	pages := make(map[Selection]store.Page[Snapshot], len(byNumber))
	for number, page := range byNumber {
		items := make([]Snapshot, len(page.Items))
		for i := range page.Items {
			items[i] = page.Items[i].Snapshot
		}
		pages[selections[number]] = store.Page[Snapshot]{Items: items, HasMore: page.HasMore}
	}
	return pages, nil
}

// CountBySelection counts the stores of selections. A selection without stores is absent.
func (s *Service) CountBySelection(
	ctx context.Context, scope auth.Scope, selections []Selection, f Filter,
) (map[Selection]int, error) {
	args := newSelectionArgs(selections)
	only, except := f.IDs.arguments()
	return store.CountByParent(ctx, "stores of selections", s.lists.countStoresBySelection, countStoresBySelectionParams{
		Numbers: args.numbers, IsAll: args.isAll, PairNumbers: args.pairNumbers, PairStores: args.pairStores,
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: f.RegionID, Statuses: f.Statuses.Strings(), Pattern: store.LikePattern(f.Search),
		OnlyIds: only, ExceptIds: except,
	}, func(r countStoresBySelectionRow) (Selection, int64) { return selections[r.Number], r.Total })
}
