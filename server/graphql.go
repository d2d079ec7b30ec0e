package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"go.opentelemetry.io/otel/trace"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
	"aisle/telemetry"
)

// exchange is one request for /graphql and what becomes of it: for the answer, the log and the metrics.
type exchange struct {
	payer

	media       string                    // of the answer
	size        int                       // of the request, in bytes
	reads       bool                      // asked with GET: it runs queries alone
	document    *document                 // nil until it was read
	admitted    bool                      // it may run, and is paid for
	wanted      *wanted                   // what may be answered from memory, or kept there; nil for nothing
	cacheResult telemetry.CacheResult     // how the response cache answered; empty if the response is not cacheable
	kept        *keptAnswer               // that is the answer; nil for one that is not kept
	operation   *graphql.OperationContext // nil until the document is known
	denial      error                     // why there is no viewer where a token was sent, or else no operation
	statements  *store.StatementCounter
	trace       trace.TraceID // zero for none
	cost        int           // of the operation; 0 until it is admitted
	charge      *charge       // nil when nobody pays
	answer      *graphql.Response
	status      int
	bytes       int  // of the answer, before gzip
	events      int  // that were sent, of a subscription
	streamed    bool // as an event stream: it has been sent
}

func (s *Server) serveGraphQL(w http.ResponseWriter, r *http.Request) {
	if websocket.IsWebSocketUpgrade(r) {
		s.serveSocket(w, r)
		return
	}
	started, client := s.config.Now(), s.clientOf(r)
	ctx, statements := store.WithStatementCounter(withFaults(auth.WithClient(r.Context(), client)))
	x := &exchange{media: mediaJSON, statements: statements, payer: payer{address: client.Address}}
	if s.tracer != nil {
		x.trace = trace.SpanContextFromContext(ctx).TraceID()
	}
	if err := s.answer(ctx, w, r, x); err != nil {
		shown := s.present(ctx, err)
		x.answer = &graphql.Response{Errors: gqlerror.List{shown}}
		x.status, x.denial = statusOfRefusal(err, shown), err
	}
	if !x.streamed {
		s.respond(ctx, w, x)
	}
	s.record(ctx, client, x, s.config.Now().Sub(started))
}

// answer fills the exchange. An error says that no operation came to be.
func (s *Server) answer(ctx context.Context, w http.ResponseWriter, r *http.Request, x *exchange) error {
	streams, err := s.takes(r, x)
	if err != nil {
		return err
	}
	viewer, err := s.viewer(r)
	if err != nil {
		if known, ok := classify(ctx, err); !ok || known.code != codeUnauthenticated {
			return err
		}
		ctx = withDenial(ctx, err)
	}
	x.viewer, x.denial = viewer, err
	if x.reads {
		return s.read(ctx, w, r, x)
	}
	params, err := s.params(ctx, w, r, x)
	if err != nil {
		return err
	}
	if streams {
		return s.serveStream(ctx, w, params, x)
	}
	s.run(ctx, params, x, s.config.Prepare)
	x.status = statusOf(x.media, x.answer)
	return nil
}

// takes looks at what kind of request it is, before anything of it is read, and says whether the answer is an event stream.
func (s *Server) takes(r *http.Request, x *exchange) (streams bool, err error) {
	if !s.mayAsk(r) {
		return false, refuse(http.StatusForbidden, codeForbidden, "Pages of other sites may not use this server.")
	}
	x.reads = r.Method == http.MethodGet
	if r.Method != http.MethodPost && !x.reads {
		return false, refuse(http.StatusMethodNotAllowed, codeMethod, "Send operations with POST, or queries with GET.")
	}
	media, ok := accepted(r.Header)
	streams = wantsStream(r) && !x.reads
	if !ok && !streams {
		return false, refuse(http.StatusNotAcceptable, codeNotAcceptable,
			"The answer is %s, %s or %s: accept one of them.", mediaGraphQL, mediaJSON, mediaStream)
	}
	if ok {
		x.media = media
	}
	if s.config.OnlySubscriptions && !streams {
		return false, errOnlySubscriptions
	}
	if x.reads {
		return streams, nil
	}
	return streams, checkContent(r.Header)
}

// read answers a GET, from memory if that can be.
func (s *Server) read(ctx context.Context, w http.ResponseWriter, r *http.Request, x *exchange) error {
	if done, err := s.recallKnown(ctx, r, x); done || err != nil {
		return err
	}
	params, err := s.params(ctx, w, r, x)
	if err != nil {
		return err
	}
	document, errs := s.document(ctx, params, x)
	if len(errs) > 0 {
		x.answer = s.fail(ctx, errs...)
		x.status = statusOf(x.media, x.answer)
		return nil
	}
	x.document = document
	if x.wanted == nil { // else the address was known, and the answer was not
		if done, err := s.recallNew(ctx, r, params, x); done || err != nil {
			return err
		}
	}
	if w := x.wanted; w != nil {
		ctx, w.reads = store.WithDependencyRecorder(ctx)
		if w.shared = s.newSharing(w); w.shared != nil {
			defer w.shared.end(ctx)
			ctx = graph.WithFragmentCache(ctx, w.shared)
		}
	}
	s.run(ctx, params, x, s.config.Prepare)
	x.status = statusOf(x.media, x.answer)
	if x.wanted != nil {
		s.keep(ctx, x)
	}
	return nil
}

// params reads the parameters, and charges for large ones. Who sent a wrong token is told that rather than a limit.
func (s *Server) params(ctx context.Context, w http.ResponseWriter, r *http.Request, x *exchange) (*graphql.RawParams, error) {
	var request []byte
	var err error
	in := fieldsOfBody
	if x.reads {
		in, request = fieldsOfAddress, []byte(r.URL.RawQuery) // at most what headers may have
		x.size = len(request)
		err = s.chargeLarge(ctx, x)
	} else {
		request, err = s.body(ctx, w, r, x)
	}
	if own := new(refusal); x.denial != nil && errors.As(err, &own) && (own.code == codeLimit || own.code == codeRateLimited) {
		return nil, x.denial
	}
	if err != nil {
		return nil, err
	}
	params, err := s.decode(ctx, request, in)
	if err != nil {
		return nil, err
	}
	params.Headers = r.Header
	return params, nil
}

// body reads the body, and charges for a large one. Of who has no token it is a short one.
func (s *Server) body(ctx context.Context, w http.ResponseWriter, r *http.Request, x *exchange) ([]byte, error) {
	limit, what := s.config.Limits.Body, "the limit"
	if x.viewer.Anonymous() {
		limit, what = s.config.Limits.AnonymousBody, "the limit without an access token"
	}
	return s.paidBody(ctx, w, r, x, limit, what)
}

// paidBody charges for a large body before it reads it; for one that comes in pieces, whose size nobody knows, before it is
// decoded.
func (s *Server) paidBody(
	ctx context.Context, w http.ResponseWriter, r *http.Request, x *exchange, limit int64, what string,
) ([]byte, error) {
	x.size = int(min(r.ContentLength, limit))
	if err := s.chargeLarge(ctx, x); err != nil {
		return nil, err
	}
	body, err := readBody(w, r, limit, what)
	if err != nil || r.ContentLength >= 0 {
		return body, err
	}
	x.size = len(body)
	return body, s.chargeLarge(ctx, x)
}

// run parses, validates and executes. It always leaves an answer, but where the feed in ctx got a source.
func (s *Server) run(ctx context.Context, params *graphql.RawParams, x *exchange, prepare prepareFunc) {
	ctx = graphql.StartOperationTrace(auth.WithViewer(ctx, x.viewer))
	ctx, cancel := context.WithTimeout(ctx, s.config.Limits.Request)
	defer cancel()
	ctx, end := s.operationSpan(ctx, x)
	defer end()
	defer func() {
		if p := recover(); p != nil {
			x.answer = s.fail(ctx, recoveredPanic(p))
		}
	}()
	if errs := s.load(ctx, params, x); len(errs) > 0 {
		x.answer = s.fail(ctx, errs...)
		return
	}
	ctx = context.WithValue(ctx, documentKey{}, x.document.QueryDocument)
	operation, errs := s.exec.CreateOperationContext(ctx, params)
	if operation != nil && operation.Operation != nil {
		x.operation = operation
	}
	if len(errs) > 0 {
		x.answer = s.exec.DispatchError(graphql.WithOperationContext(ctx, operation), errs)
		return
	}
	if !x.admitted {
		defer x.tellCost()
		if err := s.admit(ctx, x); err != nil {
			x.answer = s.fail(graphql.WithOperationContext(ctx, operation), err)
			return
		}
		x.admitted = true
	}
	prepared, err := prepare(ctx, x.viewer)
	if err != nil {
		x.answer = s.fail(graphql.WithOperationContext(ctx, operation), err)
		return
	}
	next, inner := s.exec.DispatchOperation(prepared, operation)
	x.answer = next(inner)
	if x.answer != nil {
		s.bound(inner, x.answer, len(x.answer.Errors))
	}
	if feed := graph.GetSubscriptionContext(ctx); x.answer == nil && (feed == nil || feed.SourceStream == nil) {
		// gqlgen starts nothing when the time is over.
		x.answer = s.fail(inner, fmt.Errorf("gqlgen gave no answer: %w", inner.Err()))
	}
}

// load sees to it that the exchange has a document, which may run.
func (s *Server) load(ctx context.Context, params *graphql.RawParams, x *exchange) []error {
	if x.document == nil {
		document, errs := s.document(ctx, params, x)
		if len(errs) > 0 {
			return errs
		}
		x.document = document
	}
	if x.admitted {
		return nil
	}
	operation := x.document.Operations.ForName(params.OperationName)
	switch {
	case operation == nil && params.OperationName == "":
		return []error{refuse(0, codeValidation, `The document has %d operations: say which one as "operationName".`, len(x.document.Operations))}
	case operation == nil:
		return []error{refuse(0, codeValidation, `The document has no operation of the name that "operationName" says.`)}
	case x.reads && operation.Operation != ast.Query: // a proxy or a browser may send it again
		return []error{refuse(0, codeMethod, "GET runs queries alone: send a %s with POST.", operation.Operation)}
	case s.config.NoSubscriptions && operation.Operation == ast.Subscription:
		return []error{errNoSubscriptions}
	}
	return nil
}

// What is told to who asks a node for what others do.
var (
	errNoSubscriptions   = refuse(0, codeMisdirected, "This node serves no subscriptions: subscribe at one with the role `events`.")
	errOnlySubscriptions = refuse(http.StatusMisdirectedRequest, codeMisdirected,
		"This node serves sockets and event streams alone: send this to one with the role `api`.")
)

// prepareFunc puts what the resolvers need into the context of one run of an operation.
type prepareFunc func(ctx context.Context, v auth.Viewer) (context.Context, error)

// fail is the answer to an operation that did not run.
func (s *Server) fail(ctx context.Context, errs ...error) *graphql.Response {
	answer := &graphql.Response{}
	for _, err := range errs[:min(len(errs), s.config.Limits.Errors)] {
		answer.Errors = append(answer.Errors, s.present(ctx, err))
	}
	s.bound(ctx, answer, len(errs))
	return answer
}

// bound leaves errors out of which there are too many, and says so.
func (s *Server) bound(ctx context.Context, answer *graphql.Response, errs int) {
	most := s.config.Limits.Errors
	if errs > most {
		rest := refuse(0, codeLimit, "There are %d errors, the limit is %d: the others are left out.", errs, most)
		answer.Errors = append(answer.Errors[:most:most], s.present(ctx, rest))
	}
}

// encode never fails: what cannot be written is a fault like another.
func (s *Server) encode(ctx context.Context, x *exchange) []byte {
	body, err := encode(x.answer)
	if err != nil {
		x.answer = s.fail(ctx, err)
		x.status = http.StatusInternalServerError
		body, _ = encode(x.answer) // strings only
	}
	x.bytes = len(body)
	return body
}

// tellStatements says in the answer what the operation asked of the database.
func (x *exchange) tellStatements() {
	x.extend("sql", map[string]any{
		"statements":   x.statements.Count(),
		"milliseconds": milliseconds(x.statements.Elapsed()),
	})
}
