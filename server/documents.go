package server

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

const (
	mostTokens      = 10_000
	cachedDocuments = 1000
	longestCached   = 16 << 10 // bytes: a flood of long documents must not fill the memory
)

// newExecutor is gqlgen's executor with this package's rules around it.
func (s *Server) newExecutor() *executor.Executor {
	e := executor.New(s.config.Schema)
	e.SetParserTokenLimit(mostTokens)
	e.SetQueryCache(documents{lru.New[*ast.QueryDocument](cachedDocuments)})
	e.SetDefaultRulesFn(documentRules)
	e.SetErrorPresenter(s.present)
	e.SetRecoverFunc(func(_ context.Context, value any) error { return recoveredPanic(value) })
	e.Use(gate{dev: s.config.Dev})
	return e
}

// documents remembers the parsed and validated documents that were sent last, long ones excepted.
type documents struct{ *lru.LRU[*ast.QueryDocument] }

var _ graphql.Cache[*ast.QueryDocument] = documents{}

// Add remembers a document.
func (d documents) Add(ctx context.Context, text string, document *ast.QueryDocument) {
	if len(text) <= longestCached {
		d.LRU.Add(ctx, text, document)
	}
}

// documentRules are the specification's, and what an answer in one piece needs besides.
func documentRules() *rules.Rules {
	all := rules.NewDefaultRules()
	all.AddRule("NoDefer", func(events *core.Events, report core.AddErrFunc) {
		events.OnDirective(func(_ *core.Walker, directive *ast.Directive) {
			if directive.Name == "defer" {
				report(core.Message(`"@defer" is not supported: leave it out.`), core.At(directive.Position))
			}
		})
	})
	return all
}
