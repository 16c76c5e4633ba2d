package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// printCommands prints a script for a shell: each input as a comment, then the command.
func (a *alignment) printCommands(w io.Writer) error {
	out := bufio.NewWriter(w)
	comment := func(format string, args ...any) {
		// A line end within a name would end the comment.
		line := strings.NewReplacer("\n", "\\n", "\r", "\\r").Replace(fmt.Sprintf(format, args...))
		fmt.Fprintln(out, "# "+text.Printable(line))
	}
	comment("%s beside the newest package set of %s", fromHere(a.flake.Dir), pinsName(a.id))
	if note := a.roleNote(); note != "" {
		comment("%s", note)
	}
	for _, in := range a.inputs {
		comment("%s: %s", in.Name(), a.describe(in))
	}
	if a.nested {
		for _, in := range a.deeper {
			comment("%s: %s", in.Name(), a.describe(in))
		}
	} else if len(a.deeper) > 0 {
		comment("%s another version than pins has there, such as %s: --nested aligns them too", count(len(a.deeper), "input of an input holds", "inputs of inputs hold"), a.deeper[0].Name())
	}
	words, refused := a.words()
	for _, in := range refused {
		comment("%s: what pins has cannot be written as an argument of nix", in.Name())
	}
	if words != nil {
		if fromHere(a.flake.Dir) != "." {
			if text.Printable(a.flake.Dir) != a.flake.Dir {
				return errors.New("the path of the flake holds what a terminal would not show as it is (a control character, or no UTF-8): run align in its folder")
			}
			fmt.Fprintf(out, "%s &&\n", shellLine([]string{"cd", "--", a.flake.Dir}))
		}
		fmt.Fprint(out, shellLine(words[:3]))
		for override := range slices.Chunk(words[3:], 3) {
			fmt.Fprint(out, " \\\n  ", shellLine(override))
		}
		fmt.Fprintln(out)
	} else if len(a.pending()) == 0 {
		comment("nothing to do")
	}
	return out.Flush()
}

// versionOf is a version as people read it: 10 characters of a rev or a hash, and the day.
func versionOf(n lock.Node) string {
	version := shortRev(workspace.LockedVersion(n))
	if at, ok := n.LastModified(); ok {
		version += at.Format(" (2006-01-02)")
	}
	return version
}

// describe says of an input what is locked and what pins has.
func (a *alignment) describe(in *workspace.Alignment) string {
	has := "not locked yet"
	if in.Own != (lock.Node{}) {
		has = versionOf(in.Own)
	}
	theirs := "pins/" + in.Offer
	switch in.State {
	case workspace.Aligned:
		return has + ", as " + theirs
	case workspace.NotInPins:
		return has + "; no input of pins has this source"
	case workspace.Ambiguous:
		return has + "; pins has this source at different versions, as " + strings.Join(in.Choices, ", ") + ": the ref or the name of one would tell which is meant"
	case workspace.Unwritable:
		return has + "; " + theirs + " is " + versionOf(in.Pins) + ", which cannot be asked for: nothing holds it, or Nix takes no such name in --override-input"
	}
	text := has + "; " + theirs + " is " + versionOf(in.Pins)
	if in.Declared == nil {
		return text
	}
	if held(in) {
		return text + "; flake.nix itself names a commit, which --write changes"
	}
	if here, there := in.Declared.Reference.Ref(), in.Pins.Original().Ref(); here != there && in.Declared.HasReference && in.Declared.Reference.Type() != ref.Indirect {
		return text + fmt.Sprintf(", of %s where this flake has %s: the next update of the input goes back", branch(there), branch(here))
	}
	return text
}

func branch(name string) string {
	if name == "" {
		return "the default branch"
	}
	return name
}

// The JSON of `align --format json`; docs/schema/align.schema.json is its schema.
type (
	jsonAlign struct {
		Version int    `json:"version"`
		Flake   string `json:"flake"`
		Role    string `json:"role"`
		Pins    struct {
			Folder string `json:"folder,omitempty"`
			Source string `json:"source,omitempty"`
			Dir    string `json:"dir,omitempty"`
			Set    string `json:"set"`
		} `json:"pins"`
		Inputs []jsonAligned `json:"inputs"`
		// Command is to be run in the folder of the flake.
		Command []string `json:"command"`
	}
	jsonAligned struct {
		Input     string       `json:"input"`
		State     string       `json:"state"`
		Locked    *jsonVersion `json:"locked,omitempty"`
		Pins      *jsonVersion `json:"pins,omitempty"`
		Offer     string       `json:"offer,omitempty"`
		Choices   []string     `json:"choices,omitempty"`
		Reference string       `json:"reference,omitempty"`
	}
	jsonVersion struct {
		Rev          string `json:"rev,omitempty"`
		NarHash      string `json:"narHash,omitempty"`
		LastModified string `json:"lastModified,omitempty"`
	}
)

var alignStates = map[workspace.AlignState]string{
	workspace.Aligned: "aligned", workspace.Differs: "differs", workspace.NotLocked: "not-locked", workspace.NotInPins: "not-in-pins",
	workspace.Ambiguous: "ambiguous", workspace.Unwritable: "unwritable",
}

var alignRoles = map[workspace.Role]string{
	workspace.RoleUnknown: "", workspace.RolePins: "pins", workspace.RoleLeaf: "leaf", workspace.RoleStandalone: "standalone",
}

func (a *alignment) printJSON(w io.Writer) error {
	result := jsonAlign{Version: 1, Flake: a.flake.Dir, Role: alignRoles[a.role], Inputs: []jsonAligned{}, Command: []string{}}
	result.Pins.Folder, result.Pins.Source, result.Pins.Dir, result.Pins.Set = a.id.Dir, string(a.id.Source), a.id.Folder, a.set.ID
	list := a.inputs
	if a.nested {
		list = append(list[:len(list):len(list)], a.deeper...)
	}
	for _, in := range list {
		entry := jsonAligned{Input: in.Name(), State: alignStates[in.State], Locked: jsonVersionOf(in.Own), Pins: jsonVersionOf(in.Pins), Offer: in.Offer, Choices: in.Choices}
		if in.Pending() {
			entry.Reference, _ = commands.Argument(in.Reference)
		}
		result.Inputs = append(result.Inputs, entry)
	}
	if words, _ := a.words(); words != nil {
		result.Command = words
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}

func jsonVersionOf(n lock.Node) *jsonVersion {
	if n == (lock.Node{}) {
		return nil
	}
	v := &jsonVersion{Rev: n.Rev(), NarHash: n.NarHash()}
	if at, ok := n.LastModified(); ok {
		v.LastModified = at.Format(time.RFC3339)
	}
	return v
}
