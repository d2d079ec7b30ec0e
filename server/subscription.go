package server

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/graph"
)

// subscription is an operation that is answered event by event. Nothing of gqlgen's runs between two events.
type subscription struct {
	server *Server
	params *graphql.RawParams
	x      *exchange
	source graph.SourceStream
	leave  func()
	group  group
}

// mostBegin is how many operations of transports that can stream begin at once. When thousands subscribe again after a
// restart the others wait in line, which takes little: not all at once for PostgreSQL, each with all that it needs and
// with its time running out.
const mostBegin = 64

// begin runs an operation of a transport that can stream. It returns nil for one that is answered once: in x.
func (s *Server) begin(ctx context.Context, params *graphql.RawParams, x *exchange) *subscription {
	select {
	case s.begins <- struct{}{}:
		defer func() { <-s.begins }()
	case <-ctx.Done():
		x.answer = s.fail(ctx, ctx.Err())
		return nil
	}
	feed := &graph.SubscriptionContext{}
	s.run(graph.WithSubscriptionContext(ctx, feed), params, x, s.config.Prepare)
	if feed.SourceStream == nil {
		return nil
	}
	if x.answer != nil { // it has a source and errors: which cannot be, but must not leak
		feed.SourceStream.Close()
		return nil
	}
	leave, err := s.audience.enter(x.viewer)
	if err != nil {
		feed.SourceStream.Close()
		x.answer = s.fail(ctx, err)
		return nil
	}
	return &subscription{s, params, x, feed.SourceStream, leave, groupOf(x)}
}

// close ends it.
func (sub *subscription) close() {
	sub.source.Close()
	sub.leave()
}

// next waits for events, and renders them.
func (sub *subscription) next(ctx context.Context) ([][]byte, error) {
	events, err := sub.source.Next(ctx)
	bodies := make([][]byte, len(events))
	for i, e := range events {
		bodies[i] = sub.server.renderings.of(ctx, sub, e)
	}
	sub.x.events += len(bodies)
	return bodies, err
}

// render makes the answer to one event. It is fit to be shared when it has no errors.
func (sub *subscription) render(ctx context.Context, e graph.Event) (body []byte, fit bool) {
	s := sub.server
	x := &exchange{payer: sub.x.payer, document: sub.x.document, admitted: true, statements: sub.x.statements}
	ctx = graph.WithSubscriptionContext(s.apart(ctx), &graph.SubscriptionContext{SourceEvent: e})
	s.run(ctx, sub.params, x, func(ctx context.Context, v auth.Viewer) (context.Context, error) {
		return s.config.PrepareEvent(ctx, v, e)
	})
	fit = len(x.answer.Errors) == 0
	for _, err := range x.answer.Errors {
		s.config.Metrics.RecordError(codeOf(err))
	}
	return s.encode(ctx, x), fit
}

// group is all that the answers to an event depend on, but for the event. Subscribers of one group get the same bytes.
type group [sha256.Size]byte

func groupOf(x *exchange) group {
	used := map[string]any{}
	for name := range variablesOfEvents(x.operation.Operation.SelectionSet) {
		used[name] = x.operation.Variables[name]
	}
	encoded, _ := json.Marshal([]any{x.document.hash, x.operation.Operation.Name, x.viewer.Role, used}) //nolint:errchkjson // it came as JSON
	return sha256.Sum256(encoded)
}

// variablesOfEvents are the variables that say what is shown of an event. The arguments of the root field do not: they
// say which events.
func variablesOfEvents(root ast.SelectionSet) map[string]struct{} {
	names := map[string]struct{}{}
	var walk func(set ast.SelectionSet, isRoot bool)
	walk = func(set ast.SelectionSet, isRoot bool) {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				inDirectives(s.Directives, names)
				if !isRoot {
					inArguments(s.Arguments, names)
				}
				walk(s.SelectionSet, false)
			case *ast.InlineFragment:
				inDirectives(s.Directives, names)
				walk(s.SelectionSet, isRoot)
			case *ast.FragmentSpread:
				inDirectives(s.Directives, names)
				walk(s.Definition.SelectionSet, isRoot) // validated: fragments are known, and in no circle
			}
		}
	}
	walk(root, true)
	return names
}

func inDirectives(list ast.DirectiveList, names map[string]struct{}) {
	for _, directive := range list {
		inArguments(directive.Arguments, names)
	}
}

func inArguments(list ast.ArgumentList, names map[string]struct{}) {
	for _, argument := range list {
		inValue(argument.Value, names)
	}
}

func inValue(value *ast.Value, names map[string]struct{}) {
	if value == nil {
		return
	}
	if value.Kind == ast.Variable {
		names[value.Raw] = struct{}{}
	}
	for _, child := range value.Children {
		inValue(child.Value, names)
	}
}
