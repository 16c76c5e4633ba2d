package ide

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Resolve gives the documentation of a completion item by its ID, in a form: for inputs the reference, the locked revision and its date,
// and where they are offered. The file may be another version of the one that was completed in. An unknown ID has none.
func Resolve(s *workspace.Snapshot, path, id string, form Form) string {
	file, err := s.File(path)
	if err != nil {
		return ""
	}
	r := newRequest(s, file, parse.KindOf(path), -1)
	what, name, _ := strings.Cut(id, ":")
	p := &page{form: form}
	switch what {
	case "input", "override":
		r.inputPage(p, splitFollows(name))
	case "source":
		r.sourcePage(p, name)
	case "registry":
		r.registryPage(p, name)
	case "attribute":
		p.text(attributeDoc(name, r.kind))
	case "scheme":
		for _, scheme := range ref.Schemes() {
			if scheme.Name == name {
				p.text(scheme.Doc)
				p.field("Form", scheme.Template, true)
			}
		}
	case "parameter":
		typ, key, _ := strings.Cut(name, ":")
		for _, a := range ref.Attributes(typ) {
			if a.Name == key {
				p.text(a.Doc)
			}
		}
	case "rule":
		if rule := diagnostics.RuleOf(name); rule != nil {
			p.text(rule.Summary)
			p.text(rule.Doc)
		}
	case "formal":
		p.text("This flake itself: its source, its outputs and what is known of its revision.")
	}
	return p.documentation()
}

func (p *page) locked(at workspace.Locked) {
	if at.Rev != "" {
		p.field("Locked", at.Rev, true)
	}
	if !at.Modified.IsZero() {
		p.field("Date", at.Modified.UTC().Format(time.DateOnly), false)
	}
}

// inputPage tells of an input of the file by its path.
func (r *request) inputPage(p *page, path []string) {
	r.ask()
	if len(path) == 0 {
		p.text("The flake itself: the input drops a dependency of the input above it.")
		return
	}
	if r.pins != nil && len(path) == 2 && path[0] == r.pins.Input {
		if o := r.pins.Offer(path[1]); o != nil {
			r.offerPage(p, o)
			return
		}
	}
	if follows, ok := r.inputValue(path, "follows"); ok {
		p.field("Follows", follows, true)
	}
	if url, ok := r.inputValue(path, "url"); ok {
		p.field("Reference", ref.Redact(url), true)
	}
	if node, ok := r.nodeAt(path); ok {
		if original := node.Original(); p.Len() == 0 && !original.IsZero() {
			p.field("Reference", ref.Redact(urlOf(original)), true)
		}
		at := workspace.Locked{Rev: node.Rev()}
		at.Modified, _ = node.LastModified()
		p.locked(at)
		if names := node.Names(); len(names) > 0 {
			p.field("Inputs", strings.Join(names, ", "), false)
		}
	}
}

// nodeAt is the node of a lock for a path of inputs: of our own, or of the flake that is nearest on the way there.
func (r *request) nodeAt(path []string) (lock.Node, bool) {
	if r.flake == nil {
		return lock.Node{}, false
	}
	if r.flake.Lock != nil {
		if node, err := r.flake.Lock.Resolve(path); err == nil {
			return node, true
		}
	}
	if len(path) < 2 {
		return lock.Node{}, false
	}
	if next := r.behind(r.flake, path[0]); next != nil && next.Lock != nil {
		if node, err := next.Lock.Resolve(path[1:]); err == nil {
			return node, true
		}
	}
	return lock.Node{}, false
}

func (r *request) offerPage(p *page, o *workspace.Offer) {
	if o.HasReference {
		p.field("Reference", ref.Redact(urlOf(o.Reference)), true)
	}
	if !o.IsFlake {
		p.field("Flake", "no, a plain source", false)
	}
	p.locked(o.Locked)
	switch {
	case o.Declaration.Path != "":
		p.field("Offered in", r.placeOf(o.Declaration), false)
	case o.Origin == workspace.FromLock:
		p.field("Offered in", "flake.lock, below "+r.pins.Input, false)
	}
	if o.Reference.WebURL() != "" {
		p.field("Page", o.Reference.WebURL(), false)
	}
	if r.flake.Lock != nil && !o.InLock && r.pins.Declared != nil {
		p.text("flake.lock holds an older " + r.pins.Input + " that does not have it yet: run `nix flake update " + r.pins.Input + "` first.")
	}
}

// nameOf is a path as people read it: relative to the root of the workspace.
func (r *request) nameOf(path string) string {
	if root := r.snapshot.RootOf(path); root != "" {
		if relative, err := filepath.Rel(root, path); err == nil {
			return filepath.ToSlash(relative)
		}
	}
	return path
}

// placeOf is a place with its line.
func (r *request) placeOf(at workspace.Location) string {
	file, err := r.snapshot.File(at.Path)
	if err != nil {
		return r.nameOf(at.Path)
	}
	line, _ := file.Lines().Column(at.Span.Start)
	return fmt.Sprintf("%s:%d", r.nameOf(at.Path), line)
}

// maxUses is how many flakes a page names.
const maxUses = 5

func (r *request) sourcePage(p *page, url string) {
	parsed, err := ref.Parse(url)
	if err != nil {
		return
	}
	p.field("Reference", ref.Redact(url), true)
	p.field("Page", parsed.WebURL(), false)
	count := 0
	for _, use := range r.snapshot.SourceUsers(r.snapshot.Source(parsed)) {
		if use.Dir == r.dir() || use.Reference != parsed {
			continue
		}
		if count++; count <= maxUses {
			p.field("Used in", r.nameOf(use.File)+" as "+strings.Join(use.Path, "/"), false)
		}
	}
	if count > maxUses {
		p.field("Used in", fmt.Sprintf("%d more", count-maxUses), false)
	}
}

func (r *request) registryPage(p *page, id string) {
	parsed, err := ref.Parse(id)
	if err != nil {
		return
	}
	result, err := r.snapshot.Registry().Resolve(parsed, registry.FlakeInput)
	if err != nil {
		p.text(err.Error())
		return
	}
	p.field("Stands for", ref.Redact(urlOf(result.Ref)), true)
	if from := result.Registry(); from != nil {
		p.field("By", from.String(), false)
	}
}

// attributeDoc tells of an attribute by its path and name, "inputs.a:url"; "" where it is none.
func attributeDoc(at string, kind parse.FileKind) string {
	path, name, _ := strings.Cut(at, ":")
	lists := [][]attribute{inputAttributes, selfAttributes}
	switch {
	case kind == parse.Mana && path == "":
		lists = [][]attribute{manaAttributes}
	case kind == parse.Mana:
		lists = [][]attribute{dependencyAttributes}
	case path == "":
		lists = [][]attribute{topAttributes}
	case path == "nixConfig":
		lists = [][]attribute{settingAttributes}
	}
	for _, list := range lists {
		if i := slices.IndexFunc(list, func(a attribute) bool { return a.name == name }); i >= 0 {
			return list[i].doc
		}
	}
	for _, typ := range ref.Types() {
		for _, a := range ref.Attributes(typ) {
			if a.Name == name {
				return a.Doc
			}
		}
	}
	return ""
}
