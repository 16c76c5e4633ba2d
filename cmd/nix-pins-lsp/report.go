package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/nix-pins-lsp/nix-pins-lsp/report"
)

type reportFlags struct {
	format, since string
	merge, all    bool
	budgets       []string
}

var reportFormats = []string{"html", "json", "jsonl", "text"}

func newReport() *cobra.Command {
	var flags reportFlags
	cmd := &cobra.Command{
		Use:   "report [PATH…]",
		Short: "Show how many versions of what are in use, and where",
		Long: `Show how many versions of what are in use, and where: sources by versions, leaves by the
package sets that they are behind, what pins could offer, what nobody follows.

Each PATH is a folder, which is searched, or a flake; the default is the current folder.
What counts is what the flake.lock files hold. Templates, examples and tests are left out
unless a setting says otherwise.

--format jsonl writes an inventory: a row for each locked source of each flake, to load
into DuckDB, Spark or a warehouse. Inventories that each repo's CI wrote on its own are
joined by --merge; of a repo that is in two of them the newer one counts.

--budget fails where the report is over a bound. What can be bounded:

` + measureLines() + `
NAME is what an input is called, or a source such as github:NixOS/nixpkgs. The operators are
<=, <, ==, >= and >.

Exit code: 0, 1 when a budget does not hold, 2 when the report could not be made.`,
		Example: `  nix-pins-lsp report ~/src
  nix-pins-lsp report --format html . > report.html
  nix-pins-lsp report --budget 'revs(nixpkgs) <= 1' --budget 'behind() <= 3'
  nix-pins-lsp report --merge web.jsonl api.jsonl
  nix-pins-lsp report --since last-week.jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error { return runReport(cmd, flags, args) },
	}
	cmd.Flags().StringVar(&flags.format, "format", "text", "how the report is printed: "+strings.Join(reportFormats, ", "))
	cmd.Flags().BoolVar(&flags.merge, "merge", false, "each PATH is an inventory (- is standard input): join them, and look at no folder")
	cmd.Flags().StringVar(&flags.since, "since", "", "also tell what is different from the inventory `FILE`")
	cmd.Flags().StringArrayVar(&flags.budgets, "budget", nil, "fail unless `BUDGET` holds, such as 'revs(nixpkgs) <= 1' (may be given again)")
	cmd.Flags().BoolVar(&flags.all, "all", false, "cut no list of the text")
	complete(cmd, "format", reportFormats...)
	return cmd
}

func measureLines() string {
	var b strings.Builder
	for _, m := range report.Measures() {
		fmt.Fprintf(&b, "  %-13s %s\n", m[0], m[1])
	}
	return b.String()
}

func runReport(cmd *cobra.Command, flags reportFlags, args []string) error {
	if !slices.Contains(reportFormats, flags.format) {
		return fmt.Errorf("--format %q, expected one of %s", flags.format, strings.Join(reportFormats, ", "))
	}
	budgets, err := parseBudgets(flags.budgets)
	if err != nil {
		return err
	}
	var earlier *report.Inventory
	if flags.since != "" {
		var since report.Merge
		if err := readInventory(cmd, &since, flags.since); err != nil {
			return fmt.Errorf("--since: %w", err)
		}
		earlier = since.Inventory()
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	inventory, err := takeInventory(cmd, flags, args, out)
	if err != nil {
		return err
	}
	r := report.New(inventory)
	if earlier != nil {
		r.Compare(earlier)
	}
	for _, b := range budgets {
		r.Judge(b)
	}
	switch flags.format {
	case "text":
		err = r.Text(out, textOptions(cmd.OutOrStdout(), flags.all))
	case "json":
		err = r.JSON(out)
	case "html":
		err = r.HTML(out)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil || !r.Failed() {
		return err
	}
	if flags.format != "text" { // who reads the log of CI does not see the file
		if err := r.FailedBudgets(cmd.ErrOrStderr(), textOptions(cmd.ErrOrStderr(), flags.all)); err != nil {
			return err
		}
	}
	return exit(exitFindings)
}

// takeInventory reads what the arguments name. For the format jsonl it writes the rows as it goes.
func takeInventory(cmd *cobra.Command, flags reportFlags, args []string, out io.Writer) (*report.Inventory, error) {
	writer := report.NewRowWriter(out)
	if flags.merge {
		if len(args) == 0 {
			return nil, errors.New("--merge without a file, expected inventories as `report --format jsonl` writes them")
		}
		merge := report.Merge{Keep: flags.format == "jsonl"}
		for _, arg := range args {
			if err := readInventory(cmd, &merge, arg); err != nil {
				return nil, err
			}
		}
		if flags.format == "jsonl" {
			for row := range merge.Rows() {
				if err := writer.Write(row); err != nil {
					return nil, err
				}
			}
		}
		return merge.Inventory(), nil
	}
	sel, err := openSelection(cmd, args)
	if err != nil {
		return nil, err
	}
	rows := report.Collect(sel.workspace.Snapshot(), report.Scope{Root: sel.root, Includes: func(dir string) bool {
		return slices.ContainsFunc(sel.paths, func(selected string) bool { return holds(selected, dir) || holds(dir, selected) && isFile(selected) })
	}})
	var failed error
	inventory := report.NewInventory(func(yield func(*report.Row) bool) {
		for row := range rows {
			if flags.format == "jsonl" {
				if failed = writer.Write(row); failed != nil {
					return
				}
			}
			if !yield(row) {
				return
			}
		}
	})
	return inventory, failed
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func readInventory(cmd *cobra.Command, merge *report.Merge, path string) error {
	if path == "-" {
		return merge.Read(cmd.InOrStdin(), "standard input")
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return merge.Read(file, path)
}

func parseBudgets(texts []string) ([]report.Budget, error) {
	var budgets []report.Budget
	for _, text := range texts {
		b, err := report.ParseBudget(text)
		if err != nil {
			return nil, fmt.Errorf("--budget: %w", err)
		}
		budgets = append(budgets, b)
	}
	return budgets, nil
}

// usualWidth is the width of what is no terminal and has no COLUMNS.
const usualWidth = 100

func textOptions(w io.Writer, all bool) report.TextOptions {
	c := paletteFor(w)
	o := report.TextOptions{Width: usualWidth, All: all, Bold: c.bold, Dim: c.dim, Bad: c.levels[1], Off: c.off}
	if c.off != "" {
		o.Good = "\x1b[32m"
	}
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		o.Width = columns
	} else if file, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
			o.Width = columns
		}
	}
	return o
}
