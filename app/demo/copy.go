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

// copyChain copies the rows that belong to no store, and the marker of an unfinished chain.
func copyChain(ctx context.Context, db store.DB, p *plan, rows chainRows) error {
	loading := p.newEmployee(newRandom(p.options.Seed, 0), loadingLogin, auth.RoleAdmin, p.options.Now)
	loading.DisplayName, loading.Status = "Unfinished demo", staff.StatusLeft
	err := runInOrder(ctx,
		copyFunc(staff.New(db).CopyEmployees, []staff.CopyEmployeesParams{loading}),
		copyFunc(stores.New(db).CopyRegions, rows.Regions),
		copyFunc(catalog.New(db).CopyCategories, rows.Categories),
		copyFunc(catalog.New(db).CopyProducts, rows.Products),
		copyFunc(catalog.New(db).CopyBarcodes, rows.Barcodes),
		copyFunc(tasks.New(db).CopyTemplates, rows.Templates),
		copyFunc(tasks.New(db).CopyTemplateSteps, rows.TemplateSteps),
	)
	if err != nil {
		return err
	}
	return copyPeople(ctx, db, p.options, rows.Managers)
}

// copyBatch copies stores and their rows, referenced rows first.
func copyBatch(ctx context.Context, db store.DB, o Options, batch []storeRows) error {
	buildings := collectRows(batch, func(s storeRows) []stores.CopyStoresParams { return []stores.CopyStoresParams{s.Store} })
	people := collectRows(batch, func(s storeRows) []staff.CopyEmployeesParams { return s.Employees })
	if err := runInOrder(ctx, copyFunc(stores.New(db).CopyStores, buildings)); err != nil {
		return err
	}
	if err := copyPeople(ctx, db, o, people); err != nil {
		return err
	}
	return runInOrder(ctx,
		copyFunc(catalog.New(db).CopyPrices, collectRows(batch, func(s storeRows) []catalog.CopyPricesParams { return s.Prices })),
		copyFunc(inventory.New(db).CopyStocks, collectRows(batch, func(s storeRows) []inventory.CopyStocksParams { return s.Stocks })),
		copyFunc(inventory.New(db).CopyLots, collectRows(batch, func(s storeRows) []inventory.CopyLotsParams { return s.Lots })),
		copyFunc(tasks.New(db).CopyTasks, collectRows(batch, func(s storeRows) []tasks.CopyTasksParams { return s.Tasks })),
		copyFunc(tasks.New(db).CopySteps, collectRows(batch, func(s storeRows) []tasks.CopyStepsParams { return s.Steps })),
		copyFunc(tasks.New(db).CopyComments, collectRows(batch, func(s storeRows) []tasks.CopyCommentsParams { return s.Comments })),
		copyFunc(feedback.New(db).CopyFeedback, collectRows(batch, func(s storeRows) []feedback.CopyFeedbackParams { return s.Feedback })),
	)
}

// copyPartner copies the partner and its secret, if the options have one.
func copyPartner(ctx context.Context, db store.DB, o Options) error {
	if len(o.SecretHash) == 0 {
		return nil
	}
	r := newRandom(o.Seed, partnerStream)
	row := partners.CopyPartnersParams{
		ID: r.id(o.Now), Name: "Demo partner", ClientID: PartnerID, Scopes: auth.FullPartnerScopes(), AllStores: true, StoreIds: []uuid.UUID{},
		CreatedAt: o.Now, UpdatedAt: o.Now,
	}
	secret := partners.CopySecretsParams{ID: r.id(o.Now), PartnerID: row.ID, Hash: o.SecretHash, CreatedAt: o.Now}
	return runInOrder(ctx,
		copyFunc(partners.New(db).CopyPartners, []partners.CopyPartnersParams{row}),
		copyFunc(partners.New(db).CopySecrets, []partners.CopySecretsParams{secret}),
	)
}

// copyPeople copies employees and their passwords.
func copyPeople(ctx context.Context, db store.DB, o Options, people []staff.CopyEmployeesParams) error {
	passwords := make([]access.CopyCredentialsParams, len(people))
	for i, e := range people {
		passwords[i] = access.CopyCredentialsParams{EmployeeID: e.ID, PasswordHash: o.PasswordHash}
	}
	return runInOrder(ctx, copyFunc(staff.New(db).CopyEmployees, people), copyFunc(access.New(db).CopyCredentials, passwords))
}

// collectRows concatenates the rows of one table of the stores of a batch.
func collectRows[T any](batch []storeRows, rows func(storeRows) []T) []T {
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

// copyStep copies the rows of a table.
type copyStep func(context.Context) error

// copyFunc returns the step that copies rows with a query of a module.
func copyFunc[T any](copyRows func(context.Context, []T) (int64, error), rows []T) copyStep {
	return func(ctx context.Context) error {
		if _, err := copyRows(ctx, rows); err != nil {
			return fmt.Errorf("copy %d rows of %T: %w", len(rows), *new(T), err)
		}
		return nil
	}
}

// runInOrder runs steps until one fails.
func runInOrder(ctx context.Context, all ...copyStep) error {
	for _, f := range all {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}

// loadingLogin is the login of an employee that marks an unfinished chain. The first transaction of Load inserts it and the last
// one deletes it. Nobody can sign in with it.
const loadingLogin = "demo.loading"
