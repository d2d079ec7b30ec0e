package resolvers

import "aisle/store"

// checkLookup checks that a query for one object has exactly one of the arguments id and by.
func checkLookup(hasID, hasBy bool) error {
	switch {
	case hasID && hasBy:
		return store.NewInputError("by", "id and by were both sent. Send exactly one of them.")
	case !hasID && !hasBy:
		return store.NewUserError(store.CodeRequired, "id", "id and by are both missing. Send exactly one of them.")
	default:
		return nil
	}
}

// findByKey finds an object by the key of a lookup; nil if find returns nil, or if no key can have such a text. @oneOf requires a key in
// literals, but variables can lack it.
func findByKey[T any](field string, key *string, find func(key string) (*T, error)) (*T, error) {
	switch {
	case key == nil:
		return nil, store.NewUserError(store.CodeRequired, field, "%s is missing or null. Send exactly one key.", field)
	case !store.IsValidText(*key):
		return nil, nil
	default:
		return find(*key)
	}
}
