package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// parsedReference is one line of what `ref` prints.
type parsedReference struct {
	Ref   string    `json:"ref"`
	Attrs ref.Attrs `json:"attrs,omitempty"`
	Error string    `json:"error,omitempty"`
}

func newRef() *cobra.Command {
	return &cobra.Command{
		Use:   "ref REF…",
		Short: "Read flake references as builtins.parseFlakeRef does",
		Long: `Read flake references as builtins.parseFlakeRef does, and print a JSON object a line:
{"ref":…,"attrs":{…}} or {"ref":…,"error":…}. A single - reads references from standard
input, one a line. Exit code 1 when one of them is no reference.

An input's url is read a little differently: there, what is neither an id nor a URL is
a path relative to the flake.`,
		Example: `  nix-pins-lsp ref github:NixOS/nixpkgs/nixos-26.05 pins/crane`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] == "-" {
				return printReferences(cmd.OutOrStdout(), linesFrom(cmd.InOrStdin()))
			}
			return printReferences(cmd.OutOrStdout(), func(yield func(string, error) bool) {
				for _, arg := range args {
					if !yield(arg, nil) {
						return
					}
				}
			})
		},
	}
}

// linesFrom gives the lines of a reader without their ends, and the error that ended them, if one did.
func linesFrom(r io.Reader) func(yield func(string, error) bool) {
	return func(yield func(string, error) bool) {
		scanner := bufio.NewScanner(r)
		for scanner.Scan() {
			if !yield(scanner.Text(), nil) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			yield("", fmt.Errorf("reading references: %w", err))
		}
	}
}

func printReferences(w io.Writer, references func(yield func(string, error) bool)) error {
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	bad := false
	for text, err := range references {
		if err != nil {
			return err
		}
		line := parsedReference{Ref: text}
		if parsed, err := ref.Parse(text); err != nil {
			line.Error, bad = err.Error(), true
		} else {
			line.Attrs = parsed.Attrs()
		}
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if bad {
		return exit(exitFindings)
	}
	return nil
}
