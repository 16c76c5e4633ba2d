package diagnostics

import (
	"fmt"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:    "override-drift",
	Level:   Off,
	Since:   "0.2.0",
	Needs:   NeedsLock,
	Summary: "An override that goes to another source than its name says.",
	Doc: `## What it does

Finds overrides of an input of an input that follow another source than what is called so here: the input of this flake of that name, else
that of pins, else the id in the flake registries. ` + "`inputs.tool.inputs.nixpkgs.follows = \"nixpkgs-fork\"`" + ` is one where ` + "`nixpkgs-fork`" + ` is locked
to another repository than ` + "`nixpkgs`" + `.

Another name for the same source is none, nor is a name that ` + "`follows.aliases`" + ` knows: of the 90 such overrides in 144 real locks 26 let
` + "`nixpkgs-lib`" + ` follow ` + "`nixpkgs`" + `. So it is off at first.

## Why is this bad?

Who reads the inner flake's inputs believes to know what it is built with.

## How to mend it

Let it follow what is called so, or allow it with the reason: ` + "`# nix-pins: allow override-drift(tool/nixpkgs) needs our patches`" + `.

## References

Nix manual: nix flake, section "Flake inputs" (inputs of inputs).
`,
	Check: func(p *Pass) {
		l := p.assumedLocking()
		d := drift{p, l, map[*lockedNode]*lockedInput{}}
		for _, in := range l.edges {
			if in.kept {
				d.entries[in.node] = in
			}
		}
		for _, in := range p.Flake.Inputs {
			for o := range allInputs(in.Overrides) {
				if l.counts(o) == certain {
					d.check(o)
				}
			}
		}
	},
})

// drift looks for overrides that drift; entries are the locked inputs by what they stand for.
type drift struct {
	pass    *Pass
	locking *locking
	entries map[*lockedNode]*lockedInput
}

// check compares what an override follows with what its name says. One with a reference follows nothing, and leads, as one
// that follows "", to the flake itself.
func (d *drift) check(o *workspace.Input) {
	p, is := d.pass, d.locked(o.Follows)
	if is == nil || p.ignored(o) {
		return
	}
	source := p.Snapshot.Fetched(is.entry).Source
	var said ref.Source
	var by string
	for _, name := range []string{p.Config.Follows.Aliases[o.Name], o.Name} {
		called, who := d.called(name)
		if called == source || isNixpkgs(called) && isNixpkgs(source) {
			return
		}
		if called != "" {
			said, by = called, who
		}
	}
	if said == "" {
		return
	}
	p.Report(Finding{
		Span: followsSpan(o), Object: key(o.Path),
		Message: fmt.Sprintf("%s follows %s, which is %s; %s is %s.", quoted(key(o.Path)), quoted(key(o.Follows)), quoted(source.String()), by, quoted(said.String())),
		Related: []Related{p.nodePlace(is.entry, quoted(key(is.path))+" is locked here")},
	})
}

// locked is the input that a path leads to, nil where it leads to none that is locked.
func (d *drift) locked(path []string) *lockedInput {
	w := way{locking: d.locking}
	node, _ := w.find(nil, path)
	return d.entries[node]
}

// isNixpkgs says whether a source is nixpkgs: the repository, or a channel made of it.
func isNixpkgs(source ref.Source) bool {
	return source == "github.com/nixos/nixpkgs" || strings.HasPrefix(source.String(), "channels.nixos.org/") || source == "flakehub.com/nixos/nixpkgs"
}

// called is the source of what goes by a name here, and who calls it so; "" where nobody does.
func (d *drift) called(name string) (source ref.Source, by string) {
	p := d.pass
	if d.locking.root.inputs.named(name) != nil {
		if in := d.locked([]string{name}); in != nil {
			return p.Snapshot.Fetched(in.entry).Source, "the input " + quoted(name)
		}
		return "", ""
	}
	if p.Pins != nil && p.Pins.Called {
		if offer := p.Pins.Offer(name); offer != nil {
			return p.Snapshot.Source(p.resolved(offer.Reference)), quoted(offer.Path)
		}
	}
	asked, _ := ref.FromAttrs(ref.Attrs{"type": ref.Indirect, "id": name}) // what is no id has no source
	if is := p.resolved(asked); is.Type() != ref.Indirect {
		return p.Snapshot.Source(is), "what the flake registries call " + quoted(name)
	}
	return "", ""
}
