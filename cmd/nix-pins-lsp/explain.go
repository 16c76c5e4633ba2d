package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/agext/levenshtein"
	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
)

func newExplain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Say what a rule looks for, why, and how to mend it",
		Long:  "Say what a rule looks for, why, and how to mend it. Without CODE, list the rules.",
		Args:  cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return diagnostics.Codes(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			out := cmd.OutOrStdout()
			if len(args) == 0 {
				for _, rule := range diagnostics.Rules() {
					fmt.Fprintf(out, "%-24s %-12s %s\n", rule.Code, rule.Level, rule.Summary)
				}
				return nil
			}
			rule := diagnostics.RuleOf(args[0])
			if rule == nil {
				return unknownRule(args[0])
			}
			fmt.Fprintf(out, "# %s\n\n%s Level: %s. Since %s, %s.\n\n%s\n", rule.Code, rule.Summary, rule.Level, rule.Since, rule.Stage, rule.Doc)
			return nil
		},
	}
	return cmd
}

// unknownRule names the nearest rule where one is near: not more than a third of its letters away.
func unknownRule(code string) error {
	nearest := slices.MinFunc(diagnostics.Codes(), func(a, b string) int {
		return cmp.Compare(levenshtein.Distance(code, a, nil), levenshtein.Distance(code, b, nil))
	})
	if levenshtein.Distance(code, nearest, nil) > len(nearest)/3 {
		return fmt.Errorf("no rule is called %q; `nix-pins-lsp explain` lists them", code)
	}
	return fmt.Errorf("no rule is called %q; did you mean %s? `nix-pins-lsp explain` lists them", code, nearest)
}
