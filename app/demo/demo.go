package demo

import (
	"errors"
	"fmt"
	"math"
	"time"

	"aisle/auth"
)

// Options say which chain.
type Options struct {
	Stores       int                   // how many stores, 1 or more
	Products     int                   // how many products, 460 or more; 0 is 20,000
	Seed         uint64                // the chain is the same for the same seed, number of stores and products, and Now
	Now          time.Time             // what is overdue, and what today is
	Progress     func(done, total int) // told after every few stores, never twice at once; may be nil
	PasswordHash string                // argon2id, as a PHC string: the password of all accounts
	SecretHash   []byte                // auth.HashPartnerSecret: the secret of the partner; nil for no partner
}

const (
	defaultProducts = 20_000
	fewestProducts  = commonGoods + stocked - stockedCommon // with fewer, stores would not find enough of their own
	adminLogin      = "admin"
	partnerPiece    = math.MaxUint64 // of chance, that no store has
)

// PartnerID is the client id of the partner of a demo chain, who has every scope and sees all stores.
const PartnerID = "demo-partner"

// check completes the options, or says what is wrong with them.
func (o Options) check() (Options, error) {
	if o.Stores < 1 {
		return o, fmt.Errorf("a demo chain has 1 store or more, not %d", o.Stores)
	}
	if o.Products == 0 {
		o.Products = defaultProducts
	}
	if o.Products < fewestProducts {
		return o, fmt.Errorf("a demo chain has %d products or more, not %d", fewestProducts, o.Products)
	}
	if o.PasswordHash == "" {
		return o, errors.New("the accounts of a demo chain need the hash of a password")
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	o.Now = o.Now.UTC().Truncate(time.Second)
	return o, nil
}

// Chain is what Load made: how many of each, and who can sign in to look around.
type Chain struct {
	Regions, Stores, Employees                       int
	Categories, Products, Barcodes                   int
	Prices, Stocks, Lots                             int
	Templates, TemplateSteps, Tasks, Steps, Comments int
	Feedback                                         int

	Accounts  []Account
	Discarded bool // an earlier Load was interrupted, and what it had made was removed
}

// Account is an employee who can sign in.
type Account struct {
	Login, DisplayName string
	Role               auth.Role
	Place              string // the store's or the region's name; empty for the head office
}

// String says what was made, in a line.
func (c Chain) String() string {
	s := fmt.Sprintf("%d stores in %d regions, with %d employees, %d products and %d tasks",
		c.Stores, c.Regions, c.Employees, c.Products, c.Tasks)
	if c.Discarded {
		s += " (in place of an unfinished chain, which was removed)"
	}
	return s
}

// Rows is how many rows there are of all kinds.
func (c Chain) Rows() int {
	return c.Regions + c.Stores + 2*c.Employees + c.Categories + c.Products + c.Barcodes + c.Prices + c.Stocks + c.Lots +
		c.Templates + c.TemplateSteps + c.Tasks + c.Steps + c.Comments + c.Feedback
}

// begin counts what belongs to the chain as a whole.
func begin(rows chainRows) Chain {
	var c Chain
	c.Regions, c.Categories = len(rows.Regions), len(rows.Categories)
	c.Products, c.Barcodes = len(rows.Products), len(rows.Barcodes)
	c.Templates, c.TemplateSteps = len(rows.Templates), len(rows.TemplateSteps)
	c.Employees = 1 + len(rows.Managers)
	manager := rows.Managers[0]
	c.Accounts = []Account{
		{rows.Admin.Login, rows.Admin.DisplayName, rows.Admin.Role, ""},
		{manager.Login, manager.DisplayName, manager.Role, rows.Regions[0].Name},
	}
	return c
}

// with counts a store, too. The people of the first store are accounts to look around with.
func (c Chain) with(s storeRows, first bool) Chain {
	c.Stores++
	c.Employees += len(s.Employees)
	c.Prices += len(s.Prices)
	c.Stocks += len(s.Stocks)
	c.Lots += len(s.Lots)
	c.Tasks += len(s.Tasks)
	c.Steps += len(s.Steps)
	c.Comments += len(s.Comments)
	c.Feedback += len(s.Feedback)
	if !first {
		return c
	}
	for _, i := range []int{0, 1, 1 + supervisors} { // the manager, the first supervisor, the first associate
		e := s.Employees[i]
		c.Accounts = append(c.Accounts, Account{e.Login, e.DisplayName, e.Role, s.Store.Name})
	}
	return c
}
