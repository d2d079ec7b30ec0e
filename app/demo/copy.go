package demo

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/inventory"
	"aisle/store/partners"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// copyChain copies what belongs to no store, and the sign that the chain is being made.
func copyChain(ctx context.Context, db store.DB, p *plan, rows chainRows) error {
	loading := p.person(newRandom(p.options.Seed, 0), loadingLogin, auth.RoleAdmin, p.options.Now)
	loading.DisplayName, loading.Status = "Demo in the making", staff.StatusInactive
	err := inOrder(ctx,
		of(staff.New(db).CopyEmployees, []staff.CopyEmployeesParams{loading}),
		of(stores.New(db).CopyRegions, rows.Regions),
		of(catalog.New(db).CopyCategories, rows.Categories),
		of(catalog.New(db).CopyProducts, rows.Products),
		of(catalog.New(db).CopyBarcodes, rows.Barcodes),
		of(tasks.New(db).CopyTemplates, rows.Templates),
		of(tasks.New(db).CopyTemplateSteps, rows.TemplateSteps),
	)
	if err != nil {
		return err
	}
	return copyPeople(ctx, db, p.options, rows.Managers)
}

// copyBatch copies stores and all that is theirs, what others refer to first.
func copyBatch(ctx context.Context, db store.DB, o Options, batch []storeRows) error {
	buildings := gather(batch, func(s storeRows) []stores.CopyStoresParams { return []stores.CopyStoresParams{s.Store} })
	people := gather(batch, func(s storeRows) []staff.CopyEmployeesParams { return s.Employees })
	if err := inOrder(ctx, of(stores.New(db).CopyStores, buildings)); err != nil {
		return err
	}
	if err := copyPeople(ctx, db, o, people); err != nil {
		return err
	}
	return inOrder(ctx,
		of(catalog.New(db).CopyPrices, gather(batch, func(s storeRows) []catalog.CopyPricesParams { return s.Prices })),
		of(inventory.New(db).CopyStocks, gather(batch, func(s storeRows) []inventory.CopyStocksParams { return s.Stocks })),
		of(inventory.New(db).CopyLots, gather(batch, func(s storeRows) []inventory.CopyLotsParams { return s.Lots })),
		of(tasks.New(db).CopyTasks, gather(batch, func(s storeRows) []tasks.CopyTasksParams { return s.Tasks })),
		of(tasks.New(db).CopySteps, gather(batch, func(s storeRows) []tasks.CopyStepsParams { return s.Steps })),
		of(tasks.New(db).CopyComments, gather(batch, func(s storeRows) []tasks.CopyCommentsParams { return s.Comments })),
		of(feedback.New(db).CopyFeedback, gather(batch, func(s storeRows) []feedback.CopyFeedbackParams { return s.Feedback })),
	)
}

// copyPartner copies the partner and its secret, when there is to be one.
func copyPartner(ctx context.Context, db store.DB, o Options) error {
	if len(o.SecretHash) == 0 {
		return nil
	}
	r := newRandom(o.Seed, partnerPiece)
	row := partners.CopyPartnersParams{
		ID: r.id(o.Now), Name: "Demo partner", ClientID: PartnerID, Scopes: auth.FullPartnerScopes(), AllStores: true, StoreIds: []uuid.UUID{},
		CreatedAt: o.Now, UpdatedAt: o.Now,
	}
	secret := partners.CopySecretsParams{ID: r.id(o.Now), PartnerID: row.ID, Hash: o.SecretHash, CreatedAt: o.Now}
	return inOrder(ctx,
		of(partners.New(db).CopyPartners, []partners.CopyPartnersParams{row}),
		of(partners.New(db).CopySecrets, []partners.CopySecretsParams{secret}),
	)
}

// copyPeople copies employees and their passwords.
func copyPeople(ctx context.Context, db store.DB, o Options, people []staff.CopyEmployeesParams) error {
	passwords := make([]access.CopyCredentialsParams, len(people))
	for i, e := range people {
		passwords[i] = access.CopyCredentialsParams{EmployeeID: e.ID, PasswordHash: o.PasswordHash}
	}
	return inOrder(ctx, of(staff.New(db).CopyEmployees, people), of(access.New(db).CopyCredentials, passwords))
}

// gather puts together what the stores of a batch have of one kind.
func gather[T any](batch []storeRows, rows func(storeRows) []T) []T {
	total := 0
	for _, s := range batch {
		total += len(rows(s))
	}
	all := make([]T, 0, total)
	for _, s := range batch {
		all = append(all, rows(s)...)
	}
	return all
}

// copying copies rows of one kind.
type copying func(context.Context) error

// of is the copying of the rows by a module.
func of[T any](copyRows func(context.Context, []T) (int64, error), rows []T) copying {
	return func(ctx context.Context) error {
		if _, err := copyRows(ctx, rows); err != nil {
			return fmt.Errorf("copy %d of %T: %w", len(rows), *new(T), err)
		}
		return nil
	}
}

// inOrder copies one kind after the other, until one fails.
func inOrder(ctx context.Context, all ...copying) error {
	for _, f := range all {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}
