package auth

import "slices"

// Permission is something that a role or a partner's scope lets a viewer do, within the viewer's Scope.
type Permission string

// The permissions.
const (
	PermissionCatalogRead     Permission = "CATALOG_READ"     // products, categories and their codes
	PermissionCatalogWrite    Permission = "CATALOG_WRITE"    // change the chain's catalog
	PermissionEventsRead      Permission = "EVENTS_READ"      // what happens in the scope
	PermissionFeedbackRead    Permission = "FEEDBACK_READ"    // what customers said about the stores in scope
	PermissionFeedbackWrite   Permission = "FEEDBACK_WRITE"   // record what customers said
	PermissionPricesRead      Permission = "PRICES_READ"      // prices of the stores in scope
	PermissionPricesWrite     Permission = "PRICES_WRITE"     // set prices
	PermissionStaffManage     Permission = "STAFF_MANAGE"     // change employees in scope
	PermissionStaffRead       Permission = "STAFF_READ"       // employees in scope
	PermissionStockAdjust     Permission = "STOCK_ADJUST"     // correct the counted stock
	PermissionStockRecord     Permission = "STOCK_RECORD"     // record deliveries, sales, write-offs and transfers
	PermissionStockRead       Permission = "STOCK_READ"       // stock and lots of the stores in scope
	PermissionStoresManage    Permission = "STORES_MANAGE"    // change stores in scope
	PermissionStoresRead      Permission = "STORES_READ"      // stores in scope and their regions
	PermissionSystemManage    Permission = "SYSTEM_MANAGE"    // keys, partners, jobs
	PermissionSystemRead      Permission = "SYSTEM_READ"      // the state of the system
	PermissionTasksManage     Permission = "TASKS_MANAGE"     // create, assign, verify, reject and cancel tasks
	PermissionTasksRead       Permission = "TASKS_READ"       // tasks of the stores in scope
	PermissionTemplatesManage Permission = "TEMPLATES_MANAGE" // write the chain's templates of tasks
	PermissionTasksWork       Permission = "TASKS_WORK"       // start, check off, comment on and complete tasks
)

// rolePermissions is the whole table, each row sorted. A role that is missing here may do nothing. The rows are
// spelled out, not derived from one another, so that each can be read, and changed, alone.
//
//nolint:gochecknoglobals // a constant table: nothing writes it, and Permissions hands out copies.
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

// Permissions returns what the role may do, sorted; nothing for an unknown role. The slice is the caller's.
func (r Role) Permissions() []Permission { return slices.Clone(rolePermissions[r]) }

// partnerPermissions is what a partner's scopes come to. Who follows events may read what they show, but for the people.
//
//nolint:gochecknoglobals // a constant table: nothing writes it
var partnerPermissions = map[PartnerScope][]Permission{
	ScopeCatalogWrite: {PermissionCatalogRead, PermissionCatalogWrite},
	ScopeEventsRead: {
		PermissionCatalogRead, PermissionEventsRead, PermissionFeedbackRead, PermissionPricesRead, PermissionStockRead,
		PermissionStoresRead, PermissionTasksRead,
	},
	ScopeFeedbackWrite:  {PermissionFeedbackRead, PermissionFeedbackWrite, PermissionStoresRead},
	ScopeInventoryWrite: {PermissionStockRecord},
	ScopePricesWrite:    {PermissionPricesWrite},
	ScopeStaffRead:      {PermissionStaffRead},
}

// permissions returns what the scopes come to, sorted.
func (s PartnerScopes) permissions() []Permission {
	var all []Permission
	for _, scope := range s.List() {
		all = append(all, partnerPermissions[scope]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
