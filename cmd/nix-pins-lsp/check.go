package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/atomicfile"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

type checkFlags struct {
	format, failOn, baseline, writeBaseline, stdinPath, filesFrom string
}

func newCheck() *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:   "check [PATH…]",
		Short: "Show what should follow pins, and what Nix will refuse",
		Long: `Show what should follow pins, and what Nix will refuse.

Each PATH is a folder, which is searched, or a file; the default is the current folder.
Other flakes of the same polyrepo are read too, because they say who pins is: the root
is the outermost folder above PATH with a .nix-pins.toml, else PATH itself. What lies
above your home is not looked at, and the home counts only where nothing in it has one.

With --files-from only the flakes are judged to which the listed files belong, also
where that is flake.lock or a .nix-pins.toml, and those that have one of them by a path
on this disk; all of PATH is read to know who pins is.
Other files, and those that are gone, do not matter, nor does an empty list.

Exit code: 0 when nothing is found at the level of --fail-on, 1 when something is,
2 when the check could not run.`,
		Example: `  nix-pins-lsp check ~/src
  nix-pins-lsp check --format sarif . > pins.sarif
  nix-pins-lsp check --stdin-path web/flake.nix - < unsaved.nix
  git diff --name-only -z origin/main... | nix-pins-lsp check --files-from -`,
		RunE: func(cmd *cobra.Command, args []string) error { return check(cmd, flags, args) },
	}
	cmd.Flags().StringVar(&flags.format, "format", "text", "how findings are printed: "+strings.Join(formatNames(), ", "))
	cmd.Flags().StringVar(&flags.failOn, "fail-on", "warning", "the mildest level that gives exit code 1: error, warning, information, hint")
	cmd.Flags().StringVar(&flags.baseline, "baseline", "", "`FILE` of known findings, which are not shown and do not fail")
	cmd.Flags().StringVar(&flags.writeBaseline, "write-baseline", "", "write what is found to `FILE` as known, and exit with 0")
	cmd.Flags().StringVar(&flags.stdinPath, "stdin-path", "", "judge standard input (PATH is then -) as if it were the text of `FILE`")
	cmd.Flags().StringVar(&flags.filesFrom, "files-from", "", "judge only the flakes of the files that `FILE` lists (- is standard input), by lines or NULs")
	complete(cmd, "format", formatNames()...)
	complete(cmd, "fail-on", "error", "warning", "information", "hint")
	return cmd
}

func complete(cmd *cobra.Command, flag string, values ...string) {
	// The flag was defined a line above; an error here could only be a slip in this file, which the tests would show.
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}

func check(cmd *cobra.Command, flags checkFlags, args []string) error {
	failOn, err := diagnostics.ParseSeverity(flags.failOn)
	if err != nil || failOn == diagnostics.Off {
		return fmt.Errorf("--fail-on %q, expected error, warning, information or hint", flags.failOn)
	}
	print, ok := formats[flags.format]
	if !ok {
		return fmt.Errorf("--format %q, expected one of %s", flags.format, strings.Join(formatNames(), ", "))
	}
	sel, s, files, err := checked(cmd, flags, args)
	if err != nil {
		return err
	}
	findings, err := sel.findings(cmd, s, files, shownFixes(flags.format))
	if err != nil {
		return err
	}
	if flags.writeBaseline != "" {
		return writeBaseline(flags.writeBaseline, sel.root, findings)
	}
	all := len(findings)
	if flags.baseline != "" {
		if findings, err = newFindings(flags.baseline, sel.root, findings); err != nil {
			return err
		}
	}
	result := &checkResult{ctx: cmd.Context(), root: sel.root, reason: sel.reason, snapshot: s, files: files, findings: findings, known: all - len(findings)}
	if err := print(cmd.OutOrStdout(), result); err != nil {
		return err
	}
	if flags.format != "text" && result.pinsUnknown() {
		fmt.Fprintln(cmd.ErrOrStderr(), pinsUnknownText) // a program reads the rest; this is for whoever looks why it is so quiet
	}
	if len(files) == 0 && flags.filesFrom == "" { // the name of a folder may be a slip
		fmt.Fprintf(cmd.ErrOrStderr(), "Nothing was judged: there is no flake.nix, flake.lock or mana.nix in %s (below it, links to folders are not followed and .gitignore counts).\n", named(args))
	}
	for _, f := range findings {
		if f.Severity <= failOn {
			return exit(exitFindings)
		}
	}
	return nil
}

// named lists the paths of the arguments; none are the current folder.
func named(args []string) string {
	if len(args) == 0 {
		return "this folder"
	}
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = text.Printable(arg)
	}
	return strings.Join(quoted, ", ")
}

// checked opens what the arguments name: paths, or standard input under a path's name.
func checked(cmd *cobra.Command, flags checkFlags, args []string) (*selection, *workspace.Snapshot, []string, error) {
	stdin := len(args) == 1 && args[0] == "-"
	listed := cmd.Flags().Changed("files-from")
	switch {
	case listed && flags.filesFrom == "":
		return nil, nil, nil, errors.New("--files-from names no file: - is standard input")
	case listed && flags.writeBaseline != "":
		return nil, nil, nil, errors.New("--write-baseline is for all that is found: with --files-from it would forget the rest")
	case stdin && flags.filesFrom != "":
		return nil, nil, nil, errors.New("check - judges one text: --files-from is for the files of a folder")
	case stdin != (flags.stdinPath != ""):
		return nil, nil, nil, errors.New("standard input is judged by `check --stdin-path FILE -`: both are needed, the name and the -")
	case !stdin:
		sel, err := openSelection(cmd, args)
		if err != nil {
			return nil, nil, nil, err
		}
		s := sel.workspace.Snapshot()
		files := sel.files(s)
		if flags.filesFrom != "" {
			files, err = listedOf(s, cmd.InOrStdin(), cmd.ErrOrStderr(), flags.filesFrom, files)
		}
		return sel, s, files, err
	}
	path, err := filepath.Abs(flags.stdinPath)
	if err != nil {
		return nil, nil, nil, err
	}
	// One byte over the cap is enough to tell that a text is too large.
	text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), parse.MaxSize+1))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("reading standard input: %w", err)
	}
	root, reason := findRoot(filepath.Dir(path))
	sel := &selection{workspace: newWorkspace([]string{root}), root: root, reason: reason, paths: []string{path}}
	if err := index(cmd.Context(), cmd, sel.workspace); err != nil {
		return nil, nil, nil, err
	}
	return sel, sel.workspace.Open(path, 1, string(text)), []string{path}, nil
}

func writeBaseline(path, root string, findings []diagnostics.Finding) error {
	var b strings.Builder
	if err := diagnostics.WriteBaseline(&b, root, findings); err != nil {
		return err
	}
	return atomicfile.Create(path, []byte(b.String()))
}

func newFindings(path, root string, findings []diagnostics.Finding) ([]diagnostics.Finding, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	known, err := diagnostics.ReadBaseline(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return known.New(root, findings), nil
}
