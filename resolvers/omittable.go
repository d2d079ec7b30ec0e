package resolvers

import (
	"cmp"

	"github.com/99designs/gqlgen/graphql"

	"aisle/store"
)

// parseRequired parses an input field that may be omitted, but not cleared. It returns nil if the field is omitted.
func parseRequired[T any](field string, in graphql.Omittable[*T]) (*T, error) {
	value, sent := in.ValueOK()
	if sent && value == nil {
		return nil, store.NewUserError(store.CodeRequired, field, "%s cannot be cleared. Omit it to keep its value.", field)
	}
	return value, nil
}

// parseRequiredText parses a text that may be omitted, but not cleared. It returns nil if it is omitted.
//
//nolint:unparam // like parseClearableText
func parseRequiredText(field string, in graphql.Omittable[*string], maxLen int) (*string, error) {
	text, err := parseRequired(field, in)
	if err != nil || text == nil {
		return nil, err
	}
	clean, err := store.CleanText(field, *text, maxLen)
	return &clean, err
}

// parseClearableText parses a text that may be omitted, and that null clears. An empty text is an error.
func parseClearableText(field string, in graphql.Omittable[*string], maxLen int) (graphql.Omittable[*string], error) {
	text := in.Value()
	if text == nil {
		return in, nil
	}
	clean, err := store.CleanOptionalText(field, *text, maxLen)
	if err == nil && clean == "" {
		err = store.NewUserError(store.CodeRequired, field, "The text is empty. Send null to clear %s.", field)
	}
	return graphql.OmittableOf(&clean), err
}

// parseKeptText parses a text that may be omitted, and that null clears. The result is nil for an omitted text and empty for null.
func parseKeptText(field string, in graphql.Omittable[*string], maxLen int) (*string, error) {
	text, err := parseClearableText(field, in, maxLen)
	if value, isSet := text.ValueOK(); err != nil || !isSet {
		return nil, err
	} else if value != nil {
		return value, nil
	}
	return new(""), nil
}

// setIfSent sets the field unless it is omitted.
func setIfSent[T any](field *T, in graphql.Omittable[T]) {
	if value, sent := in.ValueOK(); sent {
		*field = value
	}
}

// firstError returns the first error that is not nil.
func firstError(errs ...error) error { return cmp.Or(errs...) } //nolint:wrapcheck // the errors are those of this package
