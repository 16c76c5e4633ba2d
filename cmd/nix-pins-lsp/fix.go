package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/atomicfile"
)

type fixFlags struct {
	diff, unsafe bool
	only         []string
}

func newFix() *cobra.Command {
	var flags fixFlags
	cmd := &cobra.Command{
		Use:   "fix [PATH…]",
		Short: "Make the edits that are safe",
		Long: `Make the edits that are safe: same source, ref, dir, flake and name, no live
override lost, no comment that says why not. What needs a choice is left for an editor.

Where two fixes overlap the first in the file is made and the file is judged again,
until nothing is left to do. A file is written whole or not at all, and not if it has
changed meanwhile.`,
		Example: `  nix-pins-lsp fix --diff ~/src
  nix-pins-lsp fix --only raw-url --only dead-override ~/src/web`,
		RunE: func(cmd *cobra.Command, args []string) error { return fix(cmd, flags, args) },
	}
	cmd.Flags().BoolVar(&flags.diff, "diff", false, "print what would be written as a diff, and write nothing")
	cmd.Flags().StringSliceVar(&flags.only, "only", nil, "make the fixes of rule `CODE` alone (may be given again)")
	cmd.Flags().BoolVar(&flags.unsafe, "unsafe", false, "also make the preferred fix where it is a choice: look at the diff first")
	complete(cmd, "only", diagnostics.Codes()...)
	return cmd
}

func fix(cmd *cobra.Command, flags fixFlags, args []string) error {
	for _, code := range flags.only {
		if diagnostics.RuleOf(code) == nil {
			return unknownRule(code)
		}
	}
	sel, err := openSelection(cmd, args)
	if err != nil {
		return err
	}
	s := sel.workspace.Snapshot()
	fixed, err := diagnostics.FixAll(cmd.Context(), s, sel.files(s), func(f diagnostics.Finding, fix diagnostics.Fix) bool {
		return (fix.Safe() || flags.unsafe) && (len(flags.only) == 0 || slices.Contains(flags.only, f.Code))
	})
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	var failed []error
	for _, path := range slices.Sorted(maps.Keys(fixed.Texts)) {
		file, err := s.File(path)
		if err != nil {
			return err
		}
		name := fromHere(path)
		if flags.diff {
			out.Write(diff.Diff("a/"+name, []byte(file.Text), "b/"+name, []byte(fixed.Texts[path])))
			continue
		}
		if err := atomicfile.Replace(path, []byte(file.Text), []byte(fixed.Texts[path])); err != nil {
			failed = append(failed, err)
			continue
		}
		for _, applied := range fixed.Applied {
			if applied.Finding.Path == path {
				fmt.Fprintf(out, "%s: %s [%s]\n", name, applied.Fix.Title(), applied.Finding.Code)
			}
		}
	}
	made := "Made"
	if flags.diff {
		made = "Would make"
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s %s in %s.\n", made, count(len(fixed.Applied), "fix", "fixes"), count(len(fixed.Texts), "file", "files"))
	return errors.Join(failed...)
}
