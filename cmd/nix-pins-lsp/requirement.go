package main

import (
	"encoding/json"
	"fmt"

	"github.com/Masterminds/semver/v3"
	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/version"
)

func newRequirement() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "requirement REQ VERSION…",
		Short: "Say which versions a requirement takes, by Cargo's rules",
		Long: `Say which versions a requirement takes, by Cargo's rules: those of FlakeHub URLs and of
the versioned-flakes RFC. Prints the versions that match, one a line. Exit code 1 when
none does, 2 when REQ is no requirement or VERSION no version.`,
		Example: `  nix-pins-lsp requirement '^1.2' 1.1.9 1.2.0 2.0.0`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			normal, matches, err := match(args[0], args[1:])
			if asJSON {
				return printRequirement(cmd, args[0], normal, matches, err)
			}
			if err != nil {
				return err
			}
			for _, m := range matches {
				fmt.Fprintln(cmd.OutOrStdout(), m)
			}
			if len(matches) == 0 && len(args) > 1 {
				return exit(exitFindings)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, `print {"requirement":…,"normal":…,"matches":[…]} or {"requirement":…,"error":…}`)
	return cmd
}

// match gives the normal form of a requirement and those of the versions that it takes, in their order.
func match(requirement string, versions []string) (normal string, matches []string, err error) {
	parsed, err := version.ParseRequirement(requirement)
	if err != nil {
		return "", nil, fmt.Errorf("requirement %q: %w", requirement, err)
	}
	matches = []string{}
	for _, text := range versions {
		v, err := semver.StrictNewVersion(text)
		if err != nil {
			return "", nil, fmt.Errorf("version %q: %w", text, err)
		}
		if parsed.Matches(v) {
			matches = append(matches, text)
		}
	}
	return parsed.String(), matches, nil
}

func printRequirement(cmd *cobra.Command, requirement, normal string, matches []string, err error) error {
	encoder := json.NewEncoder(cmd.OutOrStdout())
	encoder.SetEscapeHTML(false)
	if err != nil {
		if err := encoder.Encode(map[string]string{"requirement": requirement, "error": err.Error()}); err != nil {
			return err
		}
		return exit(exitFailed)
	}
	return encoder.Encode(struct {
		Requirement string   `json:"requirement"`
		Normal      string   `json:"normal"`
		Matches     []string `json:"matches"`
	}{requirement, normal, matches})
}
