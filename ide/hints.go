package ide

import (
	"cmp"
	"math"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Hint is a short text that an editor shows within a file, behind what it speaks of.
type Hint struct {
	// ID names the hint to ResolveHint. It is good for the file at any later version.
	ID string
	// Offset is the place, in bytes.
	Offset int
	Label  string
	// Edit writes into the file what the hint says, where that makes sense; nil elsewhere.
	Edit *text.Edit

	snapshot *workspace.Snapshot
	node     lock.Node // what is locked; none for what the registries say
}

// Documentation is what the editor shows when somebody points at the hint.
func (h Hint) Documentation(form Form) string {
	p := &page{form: form}
	if h.node == (lock.Node{}) {
		p.text("What the flake registries of this machine resolve the id to. Other machines may resolve it otherwise; accepting the hint writes it out.")
		return p.documentation()
	}
	p.title(strings.TrimPrefix(h.Label, arrow))
	sourceFields(p, h.node, "", h.snapshot.Now())
	return p.documentation()
}

// Tells is what Documentation is made of, but for the age, which nobody is told of again each day: where two hints have one label and one
// Tells, an editor shows the same of them.
func (h Hint) Tells() string {
	if h.node == (lock.Node{}) {
		return ""
	}
	p := &page{form: Plain}
	sourceFields(p, h.node, "", time.Time{})
	return p.documentation()
}

// arrow stands before what something leads to.
const arrow = "→ "

// Hints gives, for the inputs of a flake.nix that stand in a span, what flake.lock and the registries make of them: the commit and
// day of a reference, where a follows ends and what is locked there, what a registry id stands for. Each kind is a setting.
func Hints(s *workspace.Snapshot, path string, span text.Span) []Hint {
	h := newHinter(s, path, span)
	if h == nil {
		return nil
	}
	h.list = make([]Hint, 0, len(h.flake.Inputs))
	for _, top := range h.flake.Inputs {
		top.Walk(h.input)
	}
	sortslice.StableFunc(h.list, func(a, b Hint) int { return cmp.Compare(a.Offset, b.Offset) })
	return h.list
}

// ResolveHint finds a hint of a file again by its ID; ok is false where there is none any more.
func ResolveHint(s *workspace.Snapshot, path, id string) (hint Hint, ok bool) {
	h := newHinter(s, path, text.Span{End: math.MaxInt})
	if h == nil {
		return Hint{}, false
	}
	for _, top := range h.flake.Inputs {
		top.Walk(func(in *workspace.Input) {
			if hintID(in) == id {
				h.input(in)
			}
		})
	}
	if len(h.list) == 0 {
		return Hint{}, false
	}
	return h.list[0], true
}

// hintID is the path of an input, which has one hint at most.
func hintID(in *workspace.Input) string { return strings.Join(in.Path, "/") }

type hinter struct {
	snapshot *workspace.Snapshot
	flake    *workspace.Flake
	span     text.Span
	shown    config.Hints
	list     []Hint
}

// newHinter is nil where the file is no flake.nix or cannot be read.
func newHinter(s *workspace.Snapshot, path string, span text.Span) *hinter {
	flake := flakeOf(s, path)
	if flake == nil {
		return nil
	}
	return &hinter{snapshot: s, flake: flake, span: span, shown: s.Config(path).Hints}
}

func (h *hinter) input(in *workspace.Input) {
	if in.Syntax == nil {
		if in.Formal != nil && h.shown.Registry {
			h.resolved(in, in.Formal.NameSpan.End)
		}
		return
	}
	if in.Syntax.Alias {
		return
	}
	switch {
	case in.IsFollow && in.Syntax.Follows != nil:
		if h.shown.Follows {
			h.followed(in, in.Syntax.Follows.Span().End)
		}
	case in.HasReference && in.Indirect:
		if h.shown.Registry {
			h.resolved(in, in.Syntax.Attr.Span().End)
		}
	case in.HasReference && in.Syntax.URL != nil:
		at := in.Syntax.URL.Span().End
		if in.Reference.Type() == ref.Indirect && h.shown.Registry {
			h.resolved(in, at)
		} else if h.shown.Locked {
			h.locked(in, at)
		}
	}
}

// node is what is locked for an input, through all follows.
func (h *hinter) node(in *workspace.Input) (lock.Node, bool) {
	if h.flake.Lock == nil {
		return lock.Node{}, false
	}
	n, err := h.flake.Lock.Resolve(in.Path)
	return n, err == nil && n != h.flake.Lock.Root()
}

// locked says the commit and day of a reference. One that names its commit itself says it already.
func (h *hinter) locked(in *workspace.Input, at int) {
	n, ok := h.node(in)
	if !ok || in.Reference.Rev() != "" || n.Original().Canonical() != in.Reference.Canonical() {
		return // what flake.lock has belongs to another reference
	}
	label := versionLabel(n)
	if label == "" {
		return
	}
	h.add(in, at, label, n, nil)
}

// followed says where a follows ends.
func (h *hinter) followed(in *workspace.Input, at int) {
	if h.flake.Lock == nil || len(in.Follows) == 0 || strings.HasSuffix(in.FollowsText, "/") {
		return // the last one is being typed: to Nix the path ends before the slash, and its hint would stand at the cursor
	}
	// What the path leads to, not what the lock still has for an input that has begun to follow.
	n, err := h.flake.Lock.Resolve(in.Follows)
	if err != nil {
		return
	}
	label := versionLabel(n)
	if label == "" {
		return
	}
	name := sourceName(n)
	if name != "" {
		label = name + "@" + label
	}
	h.add(in, at, arrow+label, n, nil)
}

// resolved says what a registry id stands for: what flake.lock took it for, else what the registries here say.
func (h *hinter) resolved(in *workspace.Input, at int) {
	if n, ok := h.node(in); ok {
		if locked, ok := n.Locked().WithoutRev().URL(n.Flake()); ok && n.Locked().Type() != ref.Path {
			h.add(in, at, arrow+ref.Redact(locked)+" "+versionLabel(n), n, nil)
			return
		}
	}
	result, err := h.snapshot.Registry().Resolve(in.Reference, registry.FlakeInput)
	if err != nil || result.Ref.Type() == ref.Indirect {
		return
	}
	url, ok := result.Ref.URL(in.IsFlake)
	if !ok {
		return
	}
	var edit *text.Edit
	if in.Syntax != nil && in.Syntax.URL != nil && in.Syntax.URL.Attr.Value.Kind == parse.String {
		edit = &text.Edit{Span: in.Syntax.URL.Attr.Value.Content, New: url}
	}
	h.add(in, at, arrow+ref.Redact(url), lock.Node{}, edit)
}

func (h *hinter) add(in *workspace.Input, at int, label string, n lock.Node, edit *text.Edit) {
	if at < h.span.Start || at > h.span.End {
		return
	}
	h.list = append(h.list, Hint{ID: hintID(in), Offset: at, Label: text.Printable(label), Edit: edit, snapshot: h.snapshot, node: n})
}

// versionLabel is a commit and its day, as far as the lock tells: "a22c3a4249 (2026-11-10)".
func versionLabel(n lock.Node) string {
	var parts []string
	if rev := n.Rev(); rev != "" {
		parts = append(parts, rev[:min(len(rev), 10)])
	}
	if at, ok := n.LastModified(); ok {
		parts = append(parts, "("+at.Format("2006-01-02")+")")
	}
	return strings.Join(parts, " ")
}

// sourceName is the last part of what a node fetches from: nixpkgs.
func sourceName(n lock.Node) string {
	source := string(n.Locked().Source())
	return source[strings.LastIndexByte(source, '/')+1:]
}
