package ide

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// flakeHover tells of an input of a flake.nix, of a part of the path that it follows, or of an attribute.
func flakeHover(s *workspace.Snapshot, file *workspace.File, offset int, p *page) text.Span {
	r := newRequest(s, file, parse.Flake, -1)
	at, ok := r.flakePlace(offset)
	switch {
	case !ok:
		span := attributeHover(p, file.Manifest(), offset)
		r.summaryField(p, span)
		return span
	case at.attribute != "":
		p.title(at.attribute)
		p.text(attributeDoc(strings.Join(attributePath(at.input.Path), ".")+":"+at.attribute, r.kind))
	case at.follows != nil:
		p.title(followsText(at.follows))
		r.inputFields(p, at.follows, "")
	default:
		p.title(pathText(at.input.Path))
		asked := r.declaredFields(p, at.input)
		r.inputFields(p, at.input.Path, asked)
		r.polyrepoFields(p, at.input)
		// Last: what is locked is asked each day, what the words of a reference mean once, and small windows end before.
		if at.inReference && at.input.HasReference {
			referenceParts(p, at.input)
		}
	}
	return at.span
}

// declaredFields say what the flake itself says of an input, and give the reference that is among it.
func (r *request) declaredFields(p *page, in *workspace.Input) (asked string) {
	switch {
	case in.IsFollow:
		p.field("Follows", followsText(in.Follows), true)
		chain := r.chainOf(in.Follows)
		if len(chain) > 0 {
			p.field("Which follows", strings.Join(pathTexts(chain), " → "), true)
		}
	case in.HasReference:
		asked = urlOf(in.Reference)
		p.field("Reference", ref.Redact(asked), true)
		if in.Indirect && in.Formal != nil {
			p.field("By", "the name of the argument alone, which asks the registry", false)
		}
	case in.ReferenceError != nil:
		p.text(escaped(in.ReferenceError.Error()))
	}
	return asked
}

// chainOf gives the paths that a followed path follows in its turn, one after the other.
func (r *request) chainOf(path []string) [][]string {
	first, chain := path, [][]string(nil)
	for range maxListed {
		next, ok := r.step(path)
		if !ok || slices.Equal(next, first) || slices.ContainsFunc(chain, func(before []string) bool { return slices.Equal(before, next) }) {
			break // its end, or a circle
		}
		path = next
		chain = append(chain, path)
	}
	return chain
}

// inputFields say where an input path ends, and what is locked there. asked is the reference that has been told already.
func (r *request) inputFields(p *page, path []string, asked string) {
	if len(path) == 0 {
		p.text("The flake itself: the input drops a dependency of the input above it.")
		return
	}
	settled := r.settled(path)
	if at, ok := r.declaration(settled); ok && (at.Path != r.file.Path || len(settled) != len(path) || settled[0] != path[0]) {
		p.field("Declared in", r.placeOf(workspace.Location{Path: at.Path, Span: at.Name}), false)
	}
	if len(settled) == 0 {
		p.text("This is the flake itself.")
		return
	}
	graph := r.flake.Lock
	var n lock.Node
	err := errNoLock
	if graph != nil {
		n, err = graph.Resolve(path)
	}
	switch {
	case err != nil:
		p.text(r.unlocked(settled))
		return
	case n == graph.Root():
		p.text("In flake.lock this is the flake itself.")
		return
	}
	sourceFields(p, n, asked, r.snapshot.Now())
	r.storeField(p, n)
	r.pinsFields(p, n)
	p.list("Inputs", n.Names(), 0)
	r.versions(p, n)
	if in := declared(r.flake, path); in != nil && len(path) == 1 && updatable(in) {
		p.field("Update", "nix flake update "+in.Name, true)
	}
}

var errNoLock = errors.New("no flake.lock")

// unlocked says why flake.lock has nothing of a settled path, and what would change that.
func (r *request) unlocked(path []string) string {
	if _, more := r.step(path); more {
		return "It follows itself in a circle."
	}
	if declaredIn(r.flake, path[0]) == nil && r.flake.Manifest.WholeInputs() {
		return "This flake has no input `" + pathText(path[:1]) + "`."
	}
	parent := path[:len(path)-1]
	lacks := "`" + pathText(parent) + "` has no input `" + pathText(path[len(parent):]) + "`"
	flake, _, _ := r.flakeAt(parent)
	if len(parent) > 0 && flake != nil && declaredIn(flake, path[len(parent)]) == nil && flake.Manifest.WholeInputs() {
		return lacks + "."
	}
	graph := r.flake.Lock
	if graph == nil {
		return "No flake.lock beside the flake tells what it is locked to."
	}
	if _, err := graph.Resolve(parent); err == nil && len(parent) > 0 {
		if flake == nil {
			return "In flake.lock " + lacks + "."
		}
		return "flake.lock holds an older `" + pathText(parent) + "` that does not have it yet: `nix flake update " + pathText(path[:1]) + "` gets the newest."
	}
	return "flake.lock does not have it yet: `nix flake lock` adds it."
}

// versions say that the flake's lock holds the source of a node at other revs too.
func (r *request) versions(p *page, n lock.Node) {
	if o, _ := r.snapshot.OccurrencesOf(r.flake.Lock, n); o != nil && len(o.Versions) > 1 {
		p.field("Revs", fmt.Sprintf("%d of this source in flake.lock", len(o.Versions)), false)
	}
}

// summaryField says, at `inputs` of a pins flake, what its leaves make of it: for editors that show no lenses.
func (r *request) summaryField(p *page, span text.Span) {
	if r.flake == nil || r.flake.Manifest.InputsAttr == nil || !r.snapshot.IsPins(r.flake) || r.snapshot.Exempt(r.file.Path) {
		return
	}
	for _, place := range r.flake.Manifest.InputsAttr.Places {
		if place.Name().Span != span {
			continue
		}
		l := lenser{ctx: context.Background(), snapshot: r.snapshot, flake: r.flake, isPins: true, shown: config.Lenses{Summary: true}}
		l.adoption = r.snapshot.Adoption(workspace.PinsID{Dir: r.flake.Dir})
		if l.judge() == nil { // the error is the context's
			p.field("In the polyrepo", l.summary(), false)
		}
		return
	}
}

// storeField says where the local Nix store has the flake.nix of what is locked, if it has it.
func (r *request) storeField(p *page, n lock.Node) {
	if path, ok := r.snapshot.StoredFlake(n); ok {
		p.field("In the store", path, true)
	}
}
