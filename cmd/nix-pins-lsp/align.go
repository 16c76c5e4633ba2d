package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/atomicfile"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

type alignFlags struct {
	pins, format             string
	write, registry, nesting bool
}

var alignFormats = []string{"commands", "edit", "json"}

func newAlign() *cobra.Command {
	var flags alignFlags
	cmd := &cobra.Command{
		Use:   "align [FLAKE]",
		Short: "Print the command that brings a flake that cannot follow pins to pins' revs",
		Long: `Print the command that brings a flake that cannot follow pins to the revs that pins has:
one that others use who cannot reach a private pins (role = "standalone"), or any other.
FLAKE is its folder or its flake.nix; the default is the current folder.

Its inputs are matched with the newest package set of pins by their sources, whatever they
are called; where pins has a source twice the ref tells, then the name. The output is a
script for a shell: what each input has and what pins has as comments, then one command,

  nix flake lock --override-input nixpkgs github:NixOS/nixpkgs/1f08a4df99…

which moves these inputs alone and leaves flake.nix as it is ("nix flake update
--override-input" would update every other input too). The lock then stays as it is until
somebody updates the input. Nothing is run here.

--format edit shows the other way, revs written into the URLs of flake.nix, as a diff;
--write writes them. Then no update moves the inputs, but the next align.

--registry prints instead how this machine's registry gets the nixpkgs of pins, so that
"nix shell nixpkgs#hello" uses the same.

Exit code: 0 when all that pins has is at pins' versions (or --write has written), 1 when
something is not, 2 when nothing can be said.`,
		Example: `  nix-pins-lsp align ~/src/example-flake
  nix-pins-lsp align --pins ~/src/pins . | sh
  nix-pins-lsp align --registry --pins ~/src/pins`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return align(cmd, flags, args) },
	}
	cmd.Flags().StringVar(&flags.pins, "pins", "", "the `FOLDER` of the pins flake, or of a leaf whose lock tells what pins has")
	cmd.Flags().StringVar(&flags.format, "format", "commands", "what is printed: "+strings.Join(alignFormats, ", "))
	cmd.Flags().BoolVar(&flags.write, "write", false, "write the revs into flake.nix")
	cmd.Flags().BoolVar(&flags.nesting, "nested", false, "align the inputs of inputs too, where pins has another version at the same place")
	cmd.Flags().BoolVar(&flags.registry, "registry", false, "print the command for the registry's nixpkgs instead")
	cmd.MarkFlagsMutuallyExclusive("write", "registry")
	cmd.MarkFlagsMutuallyExclusive("write", "format")
	complete(cmd, "format", alignFormats...)
	return cmd
}

// alignment is one flake beside one set of pins.
type alignment struct {
	flake *workspace.Flake
	role  workspace.Role
	id    workspace.PinsID
	set   *workspace.PackageSet
	// inputs are those of the flake, deeper the inputs of inputs that hold another version than pins has there.
	inputs, deeper []*workspace.Alignment
	nested         bool
}

func align(cmd *cobra.Command, flags alignFlags, args []string) error {
	if !slices.Contains(alignFormats, flags.format) {
		return fmt.Errorf("--format %q, expected one of %s", flags.format, strings.Join(alignFormats, ", "))
	}
	if len(args) == 0 {
		args = []string{"."}
	}
	dir, err := flakeFolder(args[0])
	if err != nil {
		return err
	}
	root, _ := findRoot(dir)
	paths := []string{root}
	if flags.pins != "" {
		if flags.pins, err = flakeFolder(flags.pins); err != nil {
			return err
		}
		paths = append(paths, flags.pins)
	}
	sel, err := openSelection(cmd, paths)
	if err != nil {
		return err
	}
	s := sel.workspace.Snapshot()
	if flags.registry {
		return alignRegistry(cmd, s, sel, dir, flags.pins)
	}
	flake := s.Flake(dir)
	if flake == nil {
		return fmt.Errorf("%s holds no flake.nix that can be read", args[0])
	}
	a := &alignment{flake: flake, role: s.Role(flake), nested: flags.nesting}
	if a.id, a.set, err = chosenPins(s, sel, dir, flags.pins); err != nil {
		return err
	}
	a.inputs = s.Align(flake, a.set)
	if l := s.LeafAt(dir); l != nil {
		a.inputs = slices.DeleteFunc(a.inputs, func(in *workspace.Alignment) bool { return in.Path[0] == l.Input })
	}
	a.deeper = s.AlignDeeper(flake, a.set, a.inputs)
	switch {
	case flags.write || flags.format == "edit":
		return a.edit(cmd, flags.write)
	case flags.format == "json":
		err = a.printJSON(cmd.OutOrStdout())
	default:
		err = a.printCommands(cmd.OutOrStdout())
	}
	if err == nil && len(a.pending()) > 0 {
		return exit(exitFindings)
	}
	return err
}

// flakeFolder is the folder of a flake that was named by its folder or one of its files.
func flakeFolder(arg string) (string, error) {
	path, err := filepath.Abs(arg)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("cannot look at %s: %w", arg, err)
	case info.IsDir():
		return path, nil
	case filepath.Base(path) == "flake.nix" || filepath.Base(path) == "flake.lock":
		return filepath.Dir(path), nil
	}
	return "", fmt.Errorf("%s is no flake, expected a folder or a flake.nix", arg)
}

// chosenPins is the pins flake that was named, else the one of the workspace, and what it has last.
func chosenPins(s *workspace.Snapshot, sel *selection, dir, named string) (workspace.PinsID, *workspace.PackageSet, error) {
	if named != "" {
		id, set, ok := s.SetFor(named)
		if !ok {
			return id, nil, fmt.Errorf("%s holds no flake with a flake.lock that says what pins has: expected the pins flake, or a leaf", fromHere(named))
		}
		if id.Dir == dir {
			return id, nil, itself(dir)
		}
		return id, set, nil
	}
	if s.IsPins(s.Flake(dir)) {
		return workspace.PinsID{}, nil, itself(dir)
	}
	if l := s.LeafAt(dir); l != nil {
		if set := s.History(l.Pins).Newest; set != nil {
			return l.Pins, set, nil
		}
	}
	var found []workspace.PinsID
	for _, id := range s.AllPins() {
		if s.History(id).Newest != nil {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return workspace.PinsID{}, nil, fmt.Errorf("nothing below %s tells what pins has: name the pins flake, or a leaf, with --pins", fromHere(sel.root))
	case 1:
		return found[0], s.History(found[0]).Newest, nil
	}
	var names []string
	for _, id := range found {
		names = append(names, pinsName(id))
	}
	return workspace.PinsID{}, nil, fmt.Errorf("there are %d pins flakes: %s; name one with --pins", len(found), strings.Join(names, ", "))
}

func itself(dir string) error {
	return fmt.Errorf("%s is the pins flake itself: others are aligned with it, and `nix flake update` moves it", fromHere(dir))
}

// pinsName is how a pins flake is named to a person.
func pinsName(id workspace.PinsID) string {
	switch {
	case id.Dir != "":
		return fromHere(id.Dir)
	case id.Folder != "":
		return string(id.Source) + "?dir=" + id.Folder
	}
	return string(id.Source)
}

// pending are the inputs that are to be aligned.
func (a *alignment) pending() []*workspace.Alignment {
	list := a.inputs
	if a.nested {
		list = slices.Concat(a.inputs, a.deeper)
	}
	return slices.DeleteFunc(slices.Clone(list), func(in *workspace.Alignment) bool { return !in.Pending() })
}

// held says that the URL in flake.nix names a commit, so that a lock with another one would not say what flake.nix does.
func held(in *workspace.Alignment) bool {
	return in.Declared != nil && in.Declared.HasReference && in.Declared.Reference.Locked()
}

// words are the command that aligns what can be aligned by one; nil where there is nothing. A reference that the shell or Nix might
// take for something else is left out: refused says of which inputs.
func (a *alignment) words() (words []string, refused []*workspace.Alignment) {
	for _, in := range a.pending() {
		if held(in) {
			continue
		}
		url, ok := commands.Argument(in.Reference)
		if !ok {
			refused = append(refused, in)
			continue
		}
		words = append(words, "--override-input", in.Name(), url)
	}
	if words != nil {
		words = append([]string{"nix", "flake", "lock"}, words...)
	}
	return words, refused
}

// edit shows, or writes, the revs in the URLs of flake.nix.
func (a *alignment) edit(cmd *cobra.Command, write bool) error {
	old := a.flake.File.Text
	updated, done, notes := a.edited()
	for _, note := range notes {
		fmt.Fprintln(cmd.ErrOrStderr(), text.Printable(note))
	}
	path := a.flake.File.Path
	if updated != old && !write {
		name := fromHere(path)
		if _, err := cmd.OutOrStdout().Write(diff.Diff("a/"+name, []byte(old), "b/"+name, []byte(updated))); err != nil {
			return err
		}
	}
	switch {
	case updated == old && len(a.pending()) == 0:
		fmt.Fprintf(cmd.ErrOrStderr(), "All that %s has is locked at its versions.\n", pinsName(a.id))
		return nil
	case updated == old || !write:
		return exit(exitFindings)
	}
	if err := atomicfile.Replace(path, []byte(old), []byte(updated)); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Wrote %s into %s: `nix flake lock` takes it into the lock.\n", count(done, "rev", "revs"), fromHere(path))
	return nil
}

// edited is flake.nix with the revs, how many were written, and what could not be written.
func (a *alignment) edited() (updated string, done int, notes []string) {
	updated = a.flake.File.Text
	for _, in := range a.pending() {
		url, ok := in.Reference.URL(in.Declared == nil || in.Declared.IsFlake)
		refuse := func(why string) { notes = append(notes, fmt.Sprintf("%s: not written, %s", in.Name(), why)) }
		switch {
		case in.Declared == nil:
			refuse("it is an input of an input, whose URL stands elsewhere")
			continue
		case in.Declared.Syntax == nil:
			refuse("it is only an argument of outputs: declare it first")
			continue
		case !ok:
			refuse("its reference has no form as a URL")
			continue
		}
		// Each edit moves what stands behind it, so the text is read again.
		manifest := parse.Parse(parse.Flake, updated)
		i := slices.IndexFunc(manifest.Inputs, func(syntax *parse.Input) bool { return syntax.Name == in.Declared.Name })
		if i < 0 {
			refuse("it is gone")
			continue
		}
		change, err := rewrite.SetURL(manifest, manifest.Inputs[i], url)
		if err == nil {
			var next string
			if next, err = text.Apply(updated, change.Edits); err == nil {
				updated, done = next, done+1
				continue
			}
		}
		refuse(err.Error())
	}
	return updated, done, notes
}

// alignRegistry prints how the registry gets the nixpkgs of pins.
func alignRegistry(cmd *cobra.Command, s *workspace.Snapshot, sel *selection, dir, named string) error {
	if named == "" && s.IsPins(s.Flake(dir)) {
		named = dir
	}
	id, _, err := chosenPins(s, sel, "", named)
	if err != nil {
		return err
	}
	pin, ok := s.NixpkgsInRegistry(id)
	if !ok {
		return fmt.Errorf("%s has no input nixpkgs that is held by a commit, or no registry here has nixpkgs", pinsName(id))
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "# nixpkgs in the registry is %s; %s has %s\n", text.Printable(ref.Redact(pin.Registry.Ref.String())), text.Printable(pinsName(id)), versionOf(pin.Pins))
	if pin.Agrees {
		_, err := fmt.Fprintln(out, "# they are the same: nothing to do")
		return err
	}
	url, ok := commands.Argument(pin.Reference)
	if !ok {
		return errors.New("the reference of pins' nixpkgs has no form as an argument")
	}
	if _, err := fmt.Fprintln(out, shellLine([]string{"nix", "registry", "add", pin.ID, url})); err != nil {
		return err
	}
	return exit(exitFindings)
}

// roleNote explains align to a flake that could follow pins.
func (a *alignment) roleNote() string {
	if a.role != workspace.RoleLeaf {
		return ""
	}
	return "a leaf: what follows pins is moved by `nix flake update` of its pins input, and what it declares itself had better follow (nix-pins-lsp fix); " +
		"one that must not follow says role = \"standalone\" in a " + config.FileName
}
