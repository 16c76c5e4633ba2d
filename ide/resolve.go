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
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Documentation is a text in two forms of the same content; both are "" where there is nothing to say.
type Documentation struct {
	Markdown, Plain string
}

// Resolve gives the documentation of a completion item by its ID: for inputs the reference, the locked revision and its date,
// and where they are offered. The file may be another version of the one that was completed in. An unknown ID has none.
func Resolve(s *workspace.Snapshot, path, id string) Documentation {
	file, err := s.File(path)
	if err != nil {
		return Documentation{}
	}
	r := newRequest(s, file, parse.KindOf(path), -1)
	what, name, _ := strings.Cut(id, ":")
	var p page
	switch what {
	case "input", "override":
		p = r.inputPage(splitFollows(name))
	case "source":
		p = r.sourcePage(name)
	case "registry":
		p = r.registryPage(name)
	case "attribute":
		p = attributePage(name, r.kind)
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

// page is a documentation that is being written.
type page struct {
	markdown, plain strings.Builder
	// fields says that a list of fields stands last.
	fields bool
}

func (p *page) documentation() Documentation {
	return Documentation{Markdown: strings.TrimSpace(p.markdown.String()), Plain: strings.TrimSpace(p.plain.String())}
}

func (p *page) text(s string) {
	if p.fields {
		p.fields = false
		s = "\n" + s
	}
	p.markdown.WriteString(s + "\n\n")
	p.plain.WriteString(s + "\n\n")
}

// field is a line with a name and a value; nothing where the value is empty.
func (p *page) field(name, value string, code bool) {
	if value == "" {
		return
	}
	p.fields = true
	marked := escaped(value)
	if code {
		marked = codeSpan(value)
	}
	for _, part := range [...]string{"- **", name, "**: ", marked, "\n"} {
		p.markdown.WriteString(part)
	}
	for _, part := range [...]string{name, ": ", text.Printable(value), "\n"} {
		p.plain.WriteString(part)
	}
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
func (r *request) inputPage(path []string) page {
	r.ask()
	var p page
	if len(path) == 0 {
		p.text("The flake itself: the input drops a dependency of the input above it.")
		return p
	}
	if r.pins != nil && len(path) == 2 && path[0] == r.pins.Input {
		if o := r.pins.Offer(path[1]); o != nil {
			r.offerPage(&p, o)
			return p
		}
	}
	if follows, ok := r.value(attributePath(path, "follows")...); ok {
		p.field("Follows", follows, true)
	}
	if url, ok := r.value(attributePath(path, "url")...); ok {
		p.field("Reference", ref.Redact(url), true)
	}
	if node, ok := r.nodeAt(path); ok {
		if original := node.Original(); p.markdown.Len() == 0 && !original.IsZero() {
			p.field("Reference", ref.Redact(urlOf(original)), true)
		}
		at := workspace.Locked{Rev: node.Rev()}
		at.Modified, _ = node.LastModified()
		p.locked(at)
		if names := node.Names(); len(names) > 0 {
			p.field("Inputs", strings.Join(names, ", "), false)
		}
	}
	return p
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

func (r *request) sourcePage(url string) page {
	var p page
	parsed, err := ref.Parse(url)
	if err != nil {
		return p
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
	return p
}

func (r *request) registryPage(id string) page {
	var p page
	parsed, err := ref.Parse(id)
	if err != nil {
		return p
	}
	result, err := r.snapshot.Registry().Resolve(parsed, registry.FlakeInput)
	if err != nil {
		p.text(err.Error())
		return p
	}
	p.field("Stands for", ref.Redact(urlOf(result.Ref)), true)
	if from := result.Registry(); from != nil {
		p.field("By", from.String(), false)
	}
	return p
}

// attributePage tells of an attribute by its path and name, "inputs.a:url".
func attributePage(at string, kind parse.FileKind) page {
	var p page
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
			p.text(list[i].doc)
			return p
		}
	}
	for _, typ := range ref.Types() {
		for _, a := range ref.Attributes(typ) {
			if a.Name == name {
				p.text(a.Doc)
				return p
			}
		}
	}
	return p
}
