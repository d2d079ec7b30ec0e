package server

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// helpfulRules are the specification's, and what an answer in one piece needs besides. They suggest what was meant.
func helpfulRules() *rules.Rules {
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

// quietRules are the same for who may not see the schema: they suggest nothing of it.
func quietRules() *rules.Rules {
	all := helpfulRules()
	for name, quiet := range map[string]core.Rule{
		"FieldsOnCorrectType": rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		"KnownArgumentNames":  rules.KnownArgumentNamesRuleWithoutSuggestions,
		"KnownTypeNames":      rules.KnownTypeNamesRuleWithoutSuggestions,
		"ScalarLeafs":         rules.ScalarLeafsRuleWithoutSuggestions,
		"ValuesOfCorrectType": rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		all.ReplaceRule(name, quiet.RuleFunc)
	}
	return all
}
