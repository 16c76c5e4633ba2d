package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

func newConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Look at the settings",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var origin bool
	show := &cobra.Command{
		Use:   "show [PATH]",
		Short: "Print the settings in force for a file or folder",
		Long: `Print the settings in force for a file or folder (the current one by default), a key and
its value a line, as TOML. docs/settings.md explains each.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			sel, err := openSelection(cmd, args)
			if err != nil {
				return err
			}
			return showConfig(cmd, sel.workspace.Snapshot(), sel, origin)
		},
	}
	show.Flags().BoolVar(&origin, "origin", false, "say of each value where it comes from")
	cmd.AddCommand(show)
	return cmd
}

func showConfig(cmd *cobra.Command, s *workspace.Snapshot, sel *selection, origin bool) error {
	for _, entry := range settingsFor(s, sel.paths[0]) {
		// TOML's strings, lists of strings, booleans and integers are written as JSON's.
		value, err := json.Marshal(entry.Value)
		if err != nil {
			return err
		}
		if list, ok := entry.Value.([]string); ok && list == nil {
			value = []byte("[]")
		}
		line := fmt.Sprintf("%s = %s", entry.Key, value)
		if origin {
			line += "  # " + originOf(s, sel.root, entry.Origin)
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), line); err != nil {
			return err
		}
	}
	return nil
}

// settingsFor are the settings in force for a file or folder.
func settingsFor(s *workspace.Snapshot, path string) []config.Entry {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "flake.nix") // settings hold for files: those in the folder itself count
	}
	return s.Config(path).Entries()
}

func originOf(s *workspace.Snapshot, root string, origin config.Origin) string {
	if origin.Path == "" {
		return origin.Kind.String()
	}
	name := diagnostics.RelativePath(root, filepath.Clean(origin.Path))
	file, err := s.File(origin.Path)
	if err != nil {
		return name
	}
	line, column := text.NewLines(file.Text).Column(origin.Span.Start)
	return fmt.Sprintf("%s:%d:%d", name, line, column)
}
