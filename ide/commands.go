package ide

import (
	"path/filepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Verb is what a Command does. All but OpenReport and PinRegistry are done to a flake.
type Verb uint8

// The verbs. They run Nix or Git, or open a page; package lsp has their names.
const (
	UpdateInput Verb = iota
	Lock
	TryUpgrade
	CheckForUpdates
	PinRegistry
	OpenReport
)

// Command is something that a person can have done.
type Command struct {
	Verb Verb
	// Path is the flake.nix, Input the name of one of its inputs; "" where the verb has none, or means all.
	Path, Input string
}

// updatable says whether `nix flake update NAME` can move an input of a flake: one of its own, whose reference names no commit.
func updatable(in *workspace.Input) bool {
	return in.Parent == nil && in.HasReference && !in.IsFollow && !in.Reference.Relative() && in.Reference.Rev() == "" &&
		ref.IsID(in.Name) && (in.Syntax == nil || !in.Syntax.Alias)
}

// unreadableLock says that Nix refuses whatever it is asked to do with a flake.
func unreadableLock(flake *workspace.Flake) bool { return flake.LockPath != "" && flake.Lock == nil }

// remote says whether what an input refers to lies on another machine, where there may be something newer.
func remote(in *workspace.Input) bool {
	return in.Reference.Type() != ref.Path && !in.Reference.Source().Local()
}

// Offered is a command under the title by which a person chooses it.
type Offered struct {
	Title string
	Command
}

// Commands gives what can be done with the input at a span of a flake.nix, and with the lock: for clients without code lenses, and what
// is too much to stand above every input. Outside of inputs there is nothing.
func Commands(s *workspace.Snapshot, path string, span text.Span) []Offered {
	flake := flakeOf(s, path)
	if flake == nil || s.Exempt(path) {
		return nil
	}
	a := &actions{request: newRequest(s, flake.File, parse.Flake, -1), span: span}
	a.ask()
	if a.flake == nil || unreadableLock(flake) {
		return nil
	}
	var list []Offered
	add := func(title string, verb Verb, input string) {
		list = append(list, Offered{text.Printable(title), Command{verb, flake.File.Path, input}})
	}
	in := a.inputOrFormalAt()
	if in != nil && updatable(in) {
		add("Update "+in.Name, UpdateInput, in.Name)
		if remote(in) {
			add("Check for updates of "+in.Name, CheckForUpdates, in.Name)
			add("Try an upgrade of "+in.Name, TryUpgrade, in.Name)
		}
		if s.IsPins(flake) {
			pin, ok := s.NixpkgsInRegistry(workspace.PinsID{Dir: flake.Dir})
			if ok && pin.ID == in.Name && !pin.Agrees {
				add("Pin "+in.Name+" in this machine's registry to the commit of pins", PinRegistry, in.Name)
			}
		}
	}
	if in != nil || a.atInputs() {
		add("Check all inputs for updates", CheckForUpdates, "")
		add("Lock the flake", Lock, "")
		add("Open the report of the polyrepo", OpenReport, "")
	}
	return list
}

// inputOrFormalAt is the input of the flake at the selection, where it is declared or an argument of outputs.
func (a *actions) inputOrFormalAt() *workspace.Input {
	if in := a.inputAt(); in != nil {
		for in.Parent != nil {
			in = in.Parent
		}
		return in
	}
	for _, in := range a.flake.Inputs {
		if in.Formal != nil && a.touches(in.Formal.NameSpan) {
			return in
		}
	}
	return nil
}

// atInputs says whether the selection is within `inputs`.
func (a *actions) atInputs() bool {
	attr := a.flake.Manifest.InputsAttr
	if attr == nil {
		return false
	}
	for _, place := range attr.Places {
		if a.touches(place.Binding.Span) {
			return true
		}
	}
	return false
}

// flakeOf is the flake whose flake.nix a path is; nil for another file.
func flakeOf(s *workspace.Snapshot, path string) *workspace.Flake {
	if parse.KindOf(path) != parse.Flake {
		return nil
	}
	flake := s.Flake(filepath.Dir(path))
	if flake == nil || flake.File.Path != filepath.Clean(path) {
		return nil
	}
	return flake
}
