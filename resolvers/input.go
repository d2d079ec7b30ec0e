package resolvers

import (
	"errors"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"aisle/store"
)

// asUserErrors returns a *store.UserError as the list of a payload. It returns any other error as an error.
func asUserErrors(err error) ([]store.UserError, error) {
	if userErr, ok := errors.AsType[*store.UserError](err); ok {
		return []store.UserError{*userErr}, nil
	}
	return nil, err
}

// withField returns a user error with the path of another input field. It returns other errors unchanged.
func withField(err error, field ...string) error {
	userErrs, internalErr := asUserErrors(err)
	if err == nil || internalErr != nil {
		return err
	}
	userErrs[0].Field = field
	return &userErrs[0]
}

// orNotFoundError returns err, or if it is nil a NOT_FOUND error.
func orNotFoundError(err error, field, kind string) error {
	if err != nil {
		return err
	}
	return store.NewUserError(store.CodeNotFound, field, "There is no such %s.", kind)
}

// parseID parses the id in an input field, whose path has dots.
func parseID(field, prefix, id string) (uuid.UUID, error) {
	parsed, err := store.ParseID(prefix, id)
	return parsed, withField(err, strings.Split(field, ".")...)
}

// indexed returns the path of an entry of a list.
func indexed(list string, i int) string { return list + "." + strconv.Itoa(i) }

// parseOptionalID parses the id in an input field that may be null.
func parseOptionalID(field, prefix string, id *string) (uuid.NullUUID, error) {
	if id == nil {
		return uuid.NullUUID{}, nil
	}
	parsed, err := parseID(field, prefix, *id)
	return uuid.NullUUID{UUID: parsed, Valid: err == nil}, err
}

// parseNullableText cleans a text that may be null. An empty text becomes nil.
func parseNullableText(field string, text *string, maxLen int) (*string, error) {
	clean, err := store.CleanOptionalText(field, store.Deref(text), maxLen)
	if err != nil || clean == "" {
		return nil, err
	}
	return &clean, nil
}

// setIf sets the field unless the value is nil.
func setIf[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}
