package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
)

// The values of extensions.code that are this package's own. Besides there are those of store.Code.
const (
	codeUnauthenticated = "UNAUTHENTICATED"
	codeForbidden       = "FORBIDDEN"
	codeLimit           = "LIMIT_EXCEEDED"
	codeRateLimited     = "RATE_LIMITED"
	codeTimeout         = "TIMEOUT"
	codeCanceled        = "CANCELED"
	codeInternal        = "INTERNAL"
	codeBadRequest      = "BAD_REQUEST"
	codeMethod          = "METHOD_NOT_ALLOWED"
	codeNotAcceptable   = "NOT_ACCEPTABLE"
	codeUnsupported     = "UNSUPPORTED_MEDIA_TYPE"
	codeMisdirected     = "MISDIRECTED"
	codeUnknownHash     = "PERSISTED_QUERY_NOT_FOUND"
	codeParse           = errcode.ParseFailed
	codeValidation      = errcode.ValidationFailed
)

// refusal is the server's own error about a request. Its sentence is for the client.
type refusal struct {
	status  int // of HTTP, where no operation was run; 0 leaves it to statusOf
	code    string
	message string
	retry   int // seconds until it may be tried again; 0 when that would not help
}

// Error gives the sentence.
func (r *refusal) Error() string { return r.message }

func refuse(status int, code, format string, args ...any) error {
	return &refusal{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// public is what a client is told of an error.
type public struct {
	code    string
	message string
	field   []string // of the input; nil when the error is not about one
	retry   int      // in how many seconds to try again; 0 when it is not a matter of time
}

// classify is the one table of errors: what it does not know is a fault, and ok is false.
func classify(ctx context.Context, err error) (known public, ok bool) {
	var (
		own    *refusal
		rule   *store.UserError
		wait   *auth.ThrottledError
		denied *graph.DeniedError
		sql    interface{ SQLState() string } // PostgreSQL's errors have it
	)
	switch {
	case errors.As(err, new(*panicError)):
		return public{}, false
	case errors.As(err, &own):
		return public{code: own.code, message: own.message, retry: own.retry}, true
	case errors.As(err, &rule):
		return public{code: string(rule.Code), message: rule.Message, field: rule.Field}, true
	case errors.As(err, &wait):
		return public{code: codeRateLimited, message: wait.Error(), retry: wait.Seconds()}, true
	case errors.Is(err, auth.ErrInvalidToken): // why, also that it expired, is for the log: a refused token tells nothing
		return public{code: codeUnauthenticated, message: auth.ErrInvalidToken.Error()}, true
	case errors.Is(err, auth.ErrTokenExpired): // that of a stream which was open
		return public{code: codeUnauthenticated, message: auth.ErrTokenExpired.Error()}, true
	case errors.Is(err, auth.ErrUnauthenticated):
		return public{code: codeUnauthenticated, message: auth.ErrUnauthenticated.Error()}, true
	case errors.As(err, &denied):
		return public{code: codeForbidden, message: denied.Error()}, true
	case errors.Is(err, auth.ErrForbidden):
		return public{code: codeForbidden, message: auth.ErrForbidden.Error()}, true
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &sql) && sql.SQLState() == statementTimeout:
		return public{code: codeTimeout, message: "This took too long and was stopped. Ask for less, or try again."}, true
	case errors.Is(err, context.Canceled) && ctx.Err() != nil: // else somebody else was told to stop, wrongly
		return public{code: codeCanceled, message: "The request was canceled."}, true
	default:
		return public{}, false
	}
}

// statementTimeout is PostgreSQL's SQLSTATE of a statement that was stopped, by its own limit or by us.
const statementTimeout = "57014"

// present makes of any error what the client sees. It is gqlgen's error presenter.
func (s *Server) present(ctx context.Context, err error) *gqlerror.Error {
	shown := &gqlerror.Error{Message: err.Error(), Path: graphql.GetPath(ctx)}
	var located *gqlerror.Error
	if errors.As(err, &located) {
		*shown = *located
	}
	if known, ok := classify(ctx, err); ok {
		shown.Message = known.message
		shown.Extensions = map[string]any{"code": known.code}
		if known.field != nil {
			shown.Extensions["field"] = known.field
		}
		if known.retry > 0 {
			shown.Extensions[retryAfter] = known.retry
		}
		return shown
	}
	if code, ok := ofDocument(ctx, located); ok {
		shown.Extensions = map[string]any{"code": code}
		nameVariable(shown)
		shown.Message = cut(shown.Message)
		return shown
	}
	id := s.report(ctx, err)
	shown.Message = masked(id)
	shown.Extensions = map[string]any{"code": codeInternal, "errorId": id}
	return shown
}

// retryAfter is the extension of an error that says in how many seconds to try again.
const retryAfter = "retryAfter"

// sayRetryAfter says it in the header, too, for clients and proxies that know nothing of GraphQL.
func sayRetryAfter(header http.Header, answer *graphql.Response) {
	longest := 0
	for _, err := range answer.Errors {
		seconds, _ := err.Extensions[retryAfter].(int)
		longest = max(longest, seconds)
	}
	if longest > 0 {
		header.Set("Retry-After", strconv.Itoa(longest))
	}
}

// ofDocument reports whether an error is gqlgen's about the document or its variables, whose text is for the client.
func ofDocument(ctx context.Context, err *gqlerror.Error) (code string, ok bool) {
	switch {
	case err == nil || errors.As(err, new(*panicError)):
		return "", false
	case err.Err == nil && (codeOf(err) == codeParse || codeOf(err) == codeValidation):
		return codeOf(err), true
	case ofArguments(ctx):
		return codeValidation, true
	default:
		return "", false
	}
}

// cut is as much of a sentence as is read: names that a client made up may be very long.
func cut(message string) string {
	const longest = 300
	if len(message) <= longest {
		return message
	}
	return strings.ToValidUTF8(message[:longest], "") + "..."
}

// nameVariable moves the variable that an error is about from the path, which is the answer's, into the sentence.
func nameVariable(err *gqlerror.Error) {
	if len(err.Path) < 2 || err.Path[0] != ast.PathName("variable") {
		return
	}
	err.Message = fmt.Sprintf(`Variable "$%s": %s.`, err.Path[1:], err.Message)
	err.Path = nil
}

// ofArguments reports whether the field of ctx is one whose arguments could not be read. gqlgen sets them before it
// calls the resolver, also when none was given.
func ofArguments(ctx context.Context) bool {
	field := graphql.GetFieldContext(ctx)
	return field != nil && field.Args == nil && field.Field.Field != nil &&
		field.Field.Definition != nil && len(field.Field.Definition.Arguments) > 0
}

func codeOf(err *gqlerror.Error) string {
	code, _ := err.Extensions["code"].(string)
	return code
}

// statusOfRefusal is the HTTP status of an error that came before any operation.
func statusOfRefusal(err error, shown *gqlerror.Error) int {
	if own := new(refusal); errors.As(err, &own) && own.status != 0 {
		return own.status
	}
	if status, ok := statuses[codeOf(shown)]; ok {
		return status
	}
	return http.StatusBadRequest
}
