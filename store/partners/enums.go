package partners

// Status is the status of a partner. The values are those of GraphQL's PartnerStatus.
type Status string

// The statuses of a partner.
const (
	Active   Status = "ACTIVE"   // can get and use access tokens
	Inactive Status = "INACTIVE" // gets no access tokens, and those that it has are rejected
)

// StoreAccess is the kind of a partner's access to stores. The values are those of GraphQL's StoreAccess.
type StoreAccess string

// The kinds of access to stores.
const (
	AllStores      StoreAccess = "ALL"      // all stores of the chain, including future ones
	SelectedStores StoreAccess = "SELECTED" // the stores of a list
)
