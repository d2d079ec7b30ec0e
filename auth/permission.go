package auth

import "slices"

// Permission is an action that a role or a partner's scope grants to a viewer, within the viewer's Scope.
type Permission string

// The permissions.
const (
	PermissionCatalogRead     Permission = "CATALOG_READ"     // products, categories and their codes
	PermissionCatalogWrite    Permission = "CATALOG_WRITE"    // change the chain's catalog
	PermissionEventsRead      Permission = "EVENTS_READ"      // events of the stores in scope
	PermissionFeedbackRead    Permission = "FEEDBACK_READ"    // customer feedback about the stores in scope
	PermissionFeedbackWrite   Permission = "FEEDBACK_WRITE"   // submit customer feedback
	PermissionPricesRead      Permission = "PRICES_READ"      // prices of the stores in scope
	PermissionPricesWrite     Permission = "PRICES_WRITE"     // set prices
	PermissionStaffManage     Permission = "STAFF_MANAGE"     // change employees in scope
	PermissionStaffRead       Permission = "STAFF_READ"       // employees in scope
	PermissionStockAdjust     Permission = "STOCK_ADJUST"     // correct the counted stock
	PermissionStockRecord     Permission = "STOCK_RECORD"     // record deliveries, sales, write-offs and transfers
	PermissionStockRead       Permission = "STOCK_READ"       // stock and lots of the stores in scope
	PermissionStoresManage    Permission = "STORES_MANAGE"    // change stores in scope
	PermissionStoresRead      Permission = "STORES_READ"      // stores in scope and their regions
	PermissionSystemManage    Permission = "SYSTEM_MANAGE"    // partners, and the components of nodes
	PermissionSystemRead      Permission = "SYSTEM_READ"      // the state of the system
	PermissionTasksManage     Permission = "TASKS_MANAGE"     // create, assign, verify, reject and cancel tasks
	PermissionTasksRead       Permission = "TASKS_READ"       // tasks of the stores in scope
	PermissionTemplatesManage Permission = "TEMPLATES_MANAGE" // write the chain's templates of tasks
	PermissionTasksWork       Permission = "TASKS_WORK"       // start, check off, comment on and complete tasks
)

// rolePermissions has the permissions of each role, sorted. A role that is missing has none. The rows are written out, not derived
// from each other, so that each can be read and changed alone.
//
//nolint:gochecknoglobals // a constant table: nothing writes to it, and Permissions returns copies
var rolePermissions = map[Role][]Permission{
	RoleAssociate: {
		PermissionCatalogRead, PermissionEventsRead, PermissionFeedbackRead, PermissionPricesRead, PermissionStaffRead,
		PermissionStockAdjust, PermissionStockRead, PermissionStoresRead, PermissionTasksRead, PermissionTasksWork,
	},
	RoleSupervisor: {
		PermissionCatalogRead, PermissionEventsRead, PermissionFeedbackRead, PermissionPricesRead, PermissionStaffRead,
		PermissionStockAdjust, PermissionStockRead, PermissionStockRecord, PermissionStoresRead, PermissionTasksManage,
		PermissionTasksRead, PermissionTasksWork,
	},
	RoleStoreManager: {
		PermissionCatalogRead, PermissionEventsRead, PermissionFeedbackRead, PermissionPricesRead, PermissionStaffManage,
		PermissionStaffRead, PermissionStockAdjust, PermissionStockRead, PermissionStockRecord, PermissionStoresRead,
		PermissionTasksManage, PermissionTasksRead, PermissionTasksWork,
	},
	RoleRegionManager: {
		PermissionCatalogRead, PermissionEventsRead, PermissionFeedbackRead, PermissionPricesRead, PermissionStaffManage,
		PermissionStaffRead, PermissionStockAdjust, PermissionStockRead, PermissionStockRecord, PermissionStoresManage,
		PermissionStoresRead, PermissionTasksManage, PermissionTasksRead, PermissionTasksWork,
	},
	RoleAdmin: {
		PermissionCatalogRead, PermissionCatalogWrite, PermissionEventsRead, PermissionFeedbackRead, PermissionFeedbackWrite,
		PermissionPricesRead, PermissionPricesWrite, PermissionStaffManage, PermissionStaffRead, PermissionStockAdjust,
		PermissionStockRead, PermissionStockRecord, PermissionStoresManage, PermissionStoresRead,
		PermissionSystemManage, PermissionSystemRead, PermissionTasksManage, PermissionTasksRead, PermissionTasksWork,
		PermissionTemplatesManage,
	},
}

// Permissions returns the permissions of the role, sorted. It returns a copy, and nil for an unknown role.
func (r Role) Permissions() []Permission { return slices.Clone(rolePermissions[r]) }

// partnerPermissions has the permissions of each partner scope. A client that reads events can read what they contain, except people.
//
//nolint:gochecknoglobals // a constant table: nothing writes to it
var partnerPermissions = map[PartnerScope][]Permission{
	ScopeCatalogRead:  {PermissionCatalogRead},
	ScopeCatalogWrite: {PermissionCatalogRead, PermissionCatalogWrite},
	ScopeEventsRead: {
		PermissionCatalogRead, PermissionEventsRead, PermissionFeedbackRead, PermissionPricesRead, PermissionStockRead,
		PermissionStoresRead, PermissionTasksRead,
	},
	ScopeFeedbackWrite:  {PermissionFeedbackRead, PermissionFeedbackWrite, PermissionStoresRead},
	ScopeInventoryRead:  {PermissionCatalogRead, PermissionStockRead, PermissionStoresRead},
	ScopeInventoryWrite: {PermissionStockRecord},
	ScopePricesRead:     {PermissionCatalogRead, PermissionPricesRead, PermissionStoresRead},
	ScopePricesWrite:    {PermissionPricesWrite},
	ScopeStaffRead:      {PermissionStaffRead},
	ScopeStoresRead:     {PermissionStoresRead},
}

// permissions returns the permissions of all scopes in the set, sorted, without duplicates.
func (s PartnerScopes) permissions() []Permission {
	var all []Permission
	for _, scope := range s.List() {
		all = append(all, partnerPermissions[scope]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
