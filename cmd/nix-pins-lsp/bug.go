package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/secret"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// panicReports is where a server keeps what it has to say of its panics, "" where the user has no place for such.
func panicReports() string {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "nix-pins-lsp", "panics.log")
}

func newBug() *cobra.Command {
	return &cobra.Command{
		Use:   "bug [PATH]",
		Short: "Print what a report of a bug should hold",
		Long: `Print what a report of a bug should hold, as Markdown: versions, how much there is at PATH
(the current folder by default), which rules speak how often, the settings that are not
the defaults, and the last panics of the server. It holds no text of a file and no path;
the values of your settings are in it, so look through it before you show it to others.
Nothing is sent anywhere.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			sel, err := openSelection(cmd, args)
			if err != nil {
				return err
			}
			return bug(cmd, sel)
		},
	}
}

func bug(cmd *cobra.Command, sel *selection) error {
	out := cmd.OutOrStdout()
	s := sel.workspace.Snapshot()
	begun := time.Now()
	findings, err := sel.findings(cmd, s, sel.files(s), 0)
	if err != nil {
		return err
	}
	sections := []func(io.Writer) error{
		bugVersions,
		func(w io.Writer) error { return bugWorkspace(w, s, sel, findings, time.Since(begun)) },
		func(w io.Writer) error { return bugSettings(w, s, sel.paths[0]) },
		func(w io.Writer) error { return bugPanics(w, panicReports()) },
	}
	for _, section := range sections {
		if err := section(out); err != nil {
			return err
		}
	}
	return nil
}

// bugModules are the libraries whose version matters to what is parsed and spoken.
var bugModules = []string{
	"github.com/tliron/glsp", "github.com/tree-sitter/go-tree-sitter", "github.com/alexaandru/go-sitter-forest/nix", "github.com/Masterminds/semver/v3",
}

func bugVersions(w io.Writer) error {
	lines := []string{"## Versions", "", "- nix-pins-lsp " + buildVersion(), fmt.Sprintf("- %s %s/%s, %d processors", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if slices.Contains(bugModules, module.Path) {
				lines = append(lines, fmt.Sprintf("- %s %s", module.Path, module.Version))
			}
		}
	}
	return bugLines(w, lines)
}

func bugWorkspace(w io.Writer, s *workspace.Snapshot, sel *selection, findings []diagnostics.Finding, took time.Duration) error {
	byName, byCode := map[string]int{}, map[string]int{}
	for _, path := range sel.files(s) {
		byName[filepath.Base(path)]++
	}
	folders := s.Unsearchable()
	for _, path := range folders { // their names are nobody's business
		delete(byName, filepath.Base(path))
	}
	for _, f := range findings {
		byCode[f.Code]++
	}
	lines := []string{"## Workspace", "", "- root: " + sel.reason}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		lines = append(lines, fmt.Sprintf("- %d %s", byName[name], name))
	}
	lines = append(lines, fmt.Sprintf("- %d leaves of %d pins", len(s.Leaves()), len(s.AllPins())))
	if len(folders) > 0 {
		lines = append(lines, fmt.Sprintf("- %d folders that cannot be searched", len(folders)))
	}
	lines = append(lines, fmt.Sprintf("- %d findings in %s", len(findings), took.Round(time.Millisecond)))
	for _, code := range slices.Sorted(maps.Keys(byCode)) {
		lines = append(lines, fmt.Sprintf("  - %d %s", byCode[code], code))
	}
	return bugLines(w, lines)
}

func bugSettings(w io.Writer, s *workspace.Snapshot, path string) error {
	lines := []string{"## Settings that are not the defaults", ""}
	for _, entry := range settingsFor(s, path) {
		if entry.Origin.Kind == config.Default {
			continue
		}
		value, err := json.Marshal(entry.Value)
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("- %s = %s (%s)", entry.Key, value, entry.Origin.Kind))
	}
	if len(lines) == 2 {
		lines = append(lines, "none")
	}
	return bugLines(w, lines)
}

func bugPanics(w io.Writer, path string) error {
	lines := []string{"## Last panics of the server", ""}
	content, err := os.ReadFile(path)
	switch {
	case path == "" || errors.Is(err, fs.ErrNotExist):
		lines = append(lines, "none")
	case err != nil:
		lines = append(lines, fmt.Sprintf("cannot be read: %v", errors.Unwrap(err)))
	default:
		lines = append(lines, "```", strings.TrimRight(lastPart(string(content), 8<<10), "\n"), "```")
	}
	return bugLines(w, lines)
}

// lastPart is the end of a text, from the beginning of a line on, in at most so many bytes.
func lastPart(content string, limit int) string {
	if len(content) <= limit {
		return content
	}
	content = content[len(content)-limit:]
	if _, rest, found := strings.Cut(content, "\n"); found {
		return rest
	}
	return content
}

func bugLines(w io.Writer, lines []string) error {
	lines = strings.Split(secret.Hide(strings.Join(lines, "\n")), "\n")
	for i := range lines { // a setting or a stack may hold anything
		lines[i] = text.PrintableSource(lines[i])
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n")+"\n")
	return err
}
