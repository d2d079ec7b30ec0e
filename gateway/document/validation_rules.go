package document

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// validationRules are those of the specification, and one against @defer: a response comes in one piece. Their errors suggest names of
// the schema.
func validationRules() *rules.Rules {
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

// validationRulesWithoutSuggestions are the same for clients that may not see the schema.
func validationRulesWithoutSuggestions() *rules.Rules {
	all := validationRules()
	for name, rule := range map[string]core.Rule{
		"FieldsOnCorrectType": rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		"KnownArgumentNames":  rules.KnownArgumentNamesRuleWithoutSuggestions,
		"KnownTypeNames":      rules.KnownTypeNamesRuleWithoutSuggestions,
		"ScalarLeafs":         rules.ScalarLeafsRuleWithoutSuggestions,
		"ValuesOfCorrectType": rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		all.ReplaceRule(name, rule.RuleFunc)
	}
	return all
}
