package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

func newShow() *cobra.Command {
	var asJSON, declared, plain bool
	cmd := &cobra.Command{
		Use:   "show FLAKE",
		Short: "Print the inputs of a flake as a tree, as they are locked",
		Long: `Print the inputs of a flake as a tree. FLAKE is a folder, a flake.nix or a flake.lock; or
a mana.nix, whose dependencies are printed.

Where there is a flake.lock the tree is what it holds, as "nix flake metadata" prints it:
each input with its locked reference and its date (in UTC), or with what it follows. A mark
stands behind a source that the tree holds at another rev too, and says where:

  ├───nixpkgs: github:NixOS/nixpkgs/1a2b…  [2 revs: also 9f8e7d6c5b at tool/nixpkgs]

--plain leaves the marks out. --declared shows what the manifest declares instead, as is
done where there is no flake.lock. Nothing is fetched, and the lock is not compared with
the flake.nix.

--json prints what Nix would evaluate: {"kind":"flake","description":…,"inputs":…,"formals":…},
with formals as builtins.functionArgs gives them (null for a plain argument), and
{"kind":"mana",…} for a mana.nix. A path literal is its source text; a part that cannot be
read without evaluating is {"unknown":"the source text"}. For the lock as JSON see
nix-pins-lsp graph --format json.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, out := args[0], cmd.OutOrStdout()
			lockPath := lockBeside(path)
			if isLock := lockPath == path; isLock && (asJSON || declared) {
				return fmt.Errorf("%s declares nothing, expected the flake.nix beside it", path)
			} else if lockPath != "" && !asJSON && !declared {
				return showLock(cmd, path, lockPath, plain)
			}
			manifest, err := readManifest(path)
			if err != nil {
				return err
			}
			if asJSON {
				return showJSON(out, manifest)
			}
			return showTree(out, path, manifest)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what Nix would evaluate, as JSON")
	cmd.Flags().BoolVar(&declared, "declared", false, "print what the manifest declares, not what is locked")
	cmd.Flags().BoolVar(&plain, "plain", false, "no marks at what is locked twice")
	cmd.MarkFlagsMutuallyExclusive("json", "declared", "plain")
	return cmd
}

// lockBeside is the flake.lock of a flake that was named by its folder or one of its files; "" where there is none.
func lockBeside(path string) string {
	switch filepath.Base(path) {
	case "flake.lock":
		return path
	case "flake.nix":
		path = filepath.Dir(path)
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return ""
	}
	if path = filepath.Join(path, "flake.lock"); exists(path) {
		return path
	}
	return ""
}

// showLock prints what a lock holds, under the name and the description of the flake.
func showLock(cmd *cobra.Command, path, lockPath string, plain bool) error {
	absolute, err := filepath.Abs(lockPath)
	if err != nil {
		return err
	}
	root, _ := findRoot(absolute)
	s := newWorkspace([]string{root}).Snapshot()
	file, err := s.File(absolute)
	if err != nil {
		return err
	}
	graph, err := file.Lock()
	if err != nil {
		return fmt.Errorf("%s: %w", lockPath, err)
	}
	for _, problem := range graph.Problems {
		line, column := file.Lines().Column(problem.Span.Start)
		fmt.Fprintf(cmd.ErrOrStderr(), "%s:%d:%d: %s\n", lockPath, line, column, text.Printable(problem.Message))
	}
	title := path
	if manifest, err := readManifest(filepath.Join(filepath.Dir(lockPath), "flake.nix")); err == nil { // a lock alone has no description
		if description, ok := describe(manifest.Value.Member("description")); ok {
			title += ": " + description
		}
	}
	if _, err := fmt.Fprintln(cmd.OutOrStdout(), text.Printable(title)); err != nil {
		return err
	}
	var occurrences map[lock.NodeID]*workspace.Occurrences
	if !plain {
		var complete bool
		if occurrences, complete = s.Occurrences(graph); !complete {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s has %d nodes: too many to mark what is locked twice\n", lockPath, graph.Len())
		}
	}
	return showLocked(cmd.OutOrStdout(), graph, occurrences)
}

// readManifest reads one manifest as it lies on disk, whatever is around it.
func readManifest(path string) (*parse.Manifest, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return readFirst(path, "flake.nix", "mana.nix")
	}
	kind := parse.KindOf(path)
	switch {
	case kind == parse.Other:
		return nil, fmt.Errorf("%s is no manifest, expected a flake.nix, a mana.nix or an entrypoint.nix", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > parse.MaxSize:
		return nil, fmt.Errorf("%s has %d bytes, expected at most %d", path, info.Size(), parse.MaxSize)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parse.Parse(kind, string(source)), nil
}

func readFirst(folder string, names ...string) (*parse.Manifest, error) {
	for _, name := range names {
		if path := filepath.Join(folder, name); exists(path) {
			return readManifest(path)
		}
	}
	return nil, fmt.Errorf("%s holds no %s", folder, strings.Join(names, " and no "))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func showJSON(w io.Writer, m *parse.Manifest) error {
	compact, err := m.JSON()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err = out.WriteTo(w)
	return err
}

// node is one line of the tree and what hangs below it.
type node struct {
	text string
	kids []node
}

func showTree(w io.Writer, path string, m *parse.Manifest) error {
	root := node{text: path}
	switch m.Kind {
	case parse.Flake:
		root.kids = inputNodes(m.Inputs)
	default:
		root.kids = memberNodes(m.Value, "description")
	}
	if description, ok := describe(m.Value.Member("description")); ok {
		root.text += ": " + description
	}
	if _, err := fmt.Fprintln(w, text.Printable(root.text)); err != nil {
		return err
	}
	return showNodes(w, "", root.kids)
}

func showNodes(w io.Writer, indent string, nodes []node) error {
	for i, n := range nodes {
		branch, below := "├───", "│   "
		if i == len(nodes)-1 {
			branch, below = "└───", "    "
		}
		if _, err := fmt.Fprintln(w, indent+branch+text.Printable(n.text)); err != nil {
			return err
		}
		if err := showNodes(w, indent+below, n.kids); err != nil {
			return err
		}
	}
	return nil
}

// inputNodes says of each input what `nix flake metadata` would: its reference, or what it follows.
func inputNodes(inputs []*parse.Input) []node {
	var nodes []node
	for _, in := range inputs {
		n := node{text: in.Name, kids: inputNodes(in.Overrides)}
		if follows, ok := in.Follows.Text(); ok {
			n.text += fmt.Sprintf(" follows input '%s'", follows)
		} else if url, ok := in.URL.Text(); ok {
			n.text += ": " + url
		} else {
			for _, field := range in.Fields {
				if value, ok := describe(field.Value); ok {
					n.text += fmt.Sprintf(" %s=%s", field.Name, value)
				}
			}
		}
		if flake := in.Flake; flake != nil && flake.Value.Kind == parse.BoolValue && !flake.Value.Bool {
			n.text += " (not a flake)"
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// memberNodes are the attributes of a set but those said elsewhere.
func memberNodes(v *parse.Value, but ...string) []node {
	if v == nil {
		return nil
	}
	var nodes []node
	for _, member := range v.Members {
		if slices.Contains(but, member.Name) {
			continue
		}
		n := node{text: member.Name}
		if value, ok := describe(member.Value); ok {
			n.text += ": " + value
		} else {
			n.kids = memberNodes(member.Value)
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// describe is a value in one line; a set has none.
func describe(v *parse.Value) (string, bool) {
	if v == nil {
		return "", false
	}
	switch v.Kind {
	case parse.SetValue:
		return "", false
	case parse.StringValue, parse.PathValue:
		return v.Text, true
	case parse.BoolValue:
		return fmt.Sprint(v.Bool), true
	case parse.IntegerValue:
		return fmt.Sprint(v.Integer), true
	case parse.FloatValue:
		return fmt.Sprint(v.Float), true
	case parse.NullValue:
		return "null", true
	case parse.FunctionValue:
		return "a function", true
	case parse.ListValue:
		list := "[ "
		for _, element := range v.List {
			text, _ := describe(element)
			list += text + " "
		}
		return list + "]", true
	}
	return "not known without evaluating: " + v.Text, true
}
