package apierror

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A Presenter turns errors into those of a GraphQL response.
type Presenter struct{ log *slog.Logger }

// NewPresenter returns a Presenter that logs internal errors.
func NewPresenter(log *slog.Logger) *Presenter { return &Presenter{log} }

// Present returns what the client sees of an error. It is gqlgen's error presenter.
func (p *Presenter) Present(ctx context.Context, err error) *gqlerror.Error {
	shown := &gqlerror.Error{Message: err.Error(), Path: graphql.GetPath(ctx)}
	var located *gqlerror.Error
	if errors.As(err, &located) {
		*shown = *located
	}
	if known, ok := Classify(ctx, err); ok {
		shown.Message = known.Message
		shown.Extensions = map[string]any{"code": known.Code}
		if known.Field != nil {
			shown.Extensions["field"] = known.Field
		}
		if known.RetryAfter > 0 {
			shown.Extensions[retryAfterExtension] = known.RetryAfter
		}
		return shown
	}
	if code, ok := documentErrorCode(ctx, located); ok {
		const maxMessageLen = 300 // names that a client made up may be very long
		shown.Extensions = map[string]any{"code": code}
		nameVariable(shown)
		shown.Message = truncate(shown.Message, maxMessageLen)
		return shown
	}
	id := p.Report(ctx, err)
	shown.Message = Masked(id)
	shown.Extensions = map[string]any{"code": CodeInternal, "errorId": id}
	return shown
}

// Report logs an internal error and returns the id that the client quotes. Within one operation the same error has one id and one
// line in the log, however many fields it strikes (WithReports).
func (p *Presenter) Report(ctx context.Context, err error) (id string) {
	return report(ctx, p.log, err)
}

// documentErrorCode reports whether an error is gqlgen's about the document or its variables, whose text is for the client.
func documentErrorCode(ctx context.Context, err *gqlerror.Error) (code string, ok bool) {
	switch {
	case err == nil || errors.As(err, new(*PanicError)):
		return "", false
	case err.Err == nil && (CodeOf(err) == CodeParse || CodeOf(err) == CodeValidation):
		return CodeOf(err), true
	case failedArguments(ctx):
		return CodeValidation, true
	default:
		return "", false
	}
}

// nameVariable moves the name of the variable from the error's path into its message: a path is one of the response.
func nameVariable(err *gqlerror.Error) {
	if len(err.Path) < 2 || err.Path[0] != ast.PathName("variable") {
		return
	}
	err.Message = fmt.Sprintf(`Variable "$%s": %s.`, err.Path[1:], err.Message)
	err.Path = nil
}

// failedArguments reports whether gqlgen could not read the arguments of the context's field. It sets them before it calls the
// resolver, even when the document gives none.
func failedArguments(ctx context.Context) bool {
	field := graphql.GetFieldContext(ctx)
	return field != nil && field.Args == nil && field.Field.Field != nil &&
		field.Field.Definition != nil && len(field.Field.Definition.Arguments) > 0
}
