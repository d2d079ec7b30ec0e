package demo

import (
	"fmt"

	"aisle/auth"
)

// Chain counts the rows that Load created, and lists accounts.
type Chain struct {
	Regions, Stores, Employees                       int
	Categories, Products, Barcodes                   int
	Prices, Stocks, Lots                             int
	Templates, TemplateSteps, Tasks, Steps, Comments int
	Feedback                                         int

	Accounts  []Account
	Discarded bool // the rows of an interrupted Load were deleted
}

// Account is an employee who can sign in.
type Account struct {
	Login, DisplayName string
	Role               auth.Role
	Place              string // name of the store or region; empty for the head office
}

// String summarizes the chain in a line.
func (c Chain) String() string {
	s := fmt.Sprintf("%d stores in %d regions, with %d employees, %d products and %d tasks",
		c.Stores, c.Regions, c.Employees, c.Products, c.Tasks)
	if c.Discarded {
		s += " (an unfinished chain was deleted)"
	}
	return s
}

// Rows returns the number of all rows.
func (c Chain) Rows() int {
	return c.Regions + c.Stores + 2*c.Employees + c.Categories + c.Products + c.Barcodes + c.Prices + c.Stocks + c.Lots +
		c.Templates + c.TemplateSteps + c.Tasks + c.Steps + c.Comments + c.Feedback
}

// newChain counts the rows that belong to no store.
func newChain(rows chainRows) Chain {
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

// addStore returns the chain with the rows of a store. The employees of the first store are added to the accounts.
func (c Chain) addStore(s storeRows, first bool) Chain {
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
