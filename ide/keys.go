package ide

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// inputPath tells what an attribute path of a flake speaks of: the input, or override, by its names; rest is what is left of
// the path below it. ok is false outside of inputs. `inputs` alone is no names and no rest.
func inputPath(path []string) (names, rest []string, ok bool) {
	for len(path) > 0 && path[0] == "inputs" {
		ok = true
		if len(path) == 1 {
			return names, nil, true
		}
		names, path = append(names, path[1]), path[2:]
	}
	return names, path, ok
}

// attributePath is the reverse: ["a", "b"] is inputs.a.inputs.b.
func attributePath(names []string, more ...string) []string {
	return append(appendPath(make([]string, 0, 2*len(names)+len(more)), names), more...)
}

// appendPath appends the attribute path of an input, or override, by its names.
func appendPath(path, names []string) []string {
	for _, name := range names {
		path = append(path, "inputs", name)
	}
	return path
}

// keys completes the name of an attribute of a flake.nix.
func (r *request) keys() {
	path := r.place.path
	names, rest, ok := inputPath(path)
	switch {
	case len(path) == 0:
		r.topLevel()
	case len(path) == 1 && path[0] == "nixConfig":
		r.settings()
	case !ok || len(rest) > 0:
	case len(path)%2 == 1 && len(names) == 0:
		r.newInputs("")
	case len(path)%2 == 1:
		r.overrides(names, "")
	case len(names) == 1 && names[0] == "self":
		for _, a := range selfAttributes {
			r.attribute(a)
		}
	default:
		r.inputAttributes(names)
	}
}

// attribute is an attribute that may stand at a place.
type attribute struct {
	name string
	// before and after are the source of the value that an insertion writes; the cursor comes between them.
	before, after string
	doc           string
}

var topAttributes = []attribute{
	{"description", `"`, `"`, "A short text that says what the flake is."},
	{"inputs", `{ `, `}`, "The flakes, and other sources, that this flake depends on."},
	{"outputs", `{ self, ... }: { `, `}`, "A function of the inputs that gives what the flake provides."},
	{"nixConfig", `{ `, `}`, "Nix settings that hold while this flake is used, if the user accepts them."},
}

var selfAttributes = []attribute{
	{"submodules", `true`, "", "Fetch this flake's own Git submodules. Since Nix 2.27."},
	{"lfs", `true`, "", "Fetch this flake's own Git LFS files. Since Nix 2.27."},
}

var inputAttributes = []attribute{
	{"url", `"`, `"`, "The flake reference of the input."},
	{"follows", `"`, `"`, "The path of the input that this one is the same as, from this flake: `pins/nixpkgs`."},
	{"flake", `false`, "", "Whether the input is a flake; `false` for a plain source. The default is `true`."},
	{"inputs", `{ `, `}`, "Overrides of the inputs that the input has itself."},
	{"type", `"`, `"`, "The type of the reference in attribute form, such as `github`; the attributes of that type stand beside it."},
}

var settingAttributes = []attribute{
	{"extra-substituters", `[ "`, `" ]`, "More binary caches to ask."},
	{"extra-trusted-public-keys", `[ "`, `" ]`, "More keys whose signatures on binary caches are trusted."},
	{"substituters", `[ "`, `" ]`, "The binary caches to ask, instead of the usual ones."},
	{"trusted-public-keys", `[ "`, `" ]`, "The keys whose signatures are trusted, instead of the usual ones."},
	{"extra-experimental-features", `[ "`, `" ]`, "More experimental features to switch on."},
	{"allow-import-from-derivation", `true`, "", "Whether evaluation may build something to import it."},
	{"accept-flake-config", `true`, "", "Whether nixConfig of flakes counts without a question."},
	{"bash-prompt", `"`, `"`, "The prompt of `nix develop`."},
	{"bash-prompt-prefix", `"`, `"`, "What stands before the prompt of `nix develop`."},
	{"bash-prompt-suffix", `"`, `"`, "What stands behind the prompt of `nix develop`."},
	{"commit-lock-file-summary", `"`, `"`, "The commit message of `--commit-lock-file`."},
	{"warn-dirty", `true`, "", "Whether a Git tree with changes is warned of."},
}

func (r *request) attribute(a attribute) {
	if r.has(append(slices.Clip(r.place.path), a.name)...) && (a.name != "inputs" || len(r.place.path) == 0) {
		return
	}
	detail, _, _ := strings.Cut(firstSentence(a.doc), "; ") // the rest is in the documentation
	item := Item{ID: "attribute:" + strings.Join(r.place.path, ".") + ":" + a.name, Label: a.name, Kind: AttributeItem, Detail: detail}
	r.offer(2, r.statement(item, a.name, "", a.before, a.after))
}

func firstSentence(doc string) string {
	first, _, _ := strings.Cut(doc, ". ")
	return strings.TrimSuffix(first, ".")
}

func (r *request) topLevel() {
	for _, a := range topAttributes {
		r.attribute(a)
	}
	if r.flat() {
		r.newInputs("inputs.")
	}
}

// flat says whether the file writes inputs at the top level: `inputs.a.url = …`.
func (r *request) flat() bool {
	return slices.ContainsFunc(r.bindings, func(b binding) bool { return b.path[0] == "inputs" && len(b.path) > 2 && b.written == len(b.path) })
}

func (r *request) settings() {
	for _, a := range settingAttributes {
		r.attribute(a)
	}
}

// newInputs offers inputs that pins offers and the file lacks. prefix is written before the name.
func (r *request) newInputs(prefix string) {
	r.ask()
	if r.pins == nil {
		return
	}
	additional := r.addPins()
	if additional != nil {
		r.newInput(prefix, r.pins.Input, "url", r.pins.Reference(), Item{
			ID: "source:" + r.pins.Reference(), Brief: "the pins flake", Detail: "the pins flake: " + ref.Redact(r.pins.Reference()),
		}, 0)
	}
	for _, o := range r.pins.Offers() {
		if r.has("inputs", o.Name) {
			continue
		}
		r.newInput(prefix, o.Name, "follows", o.Path, Item{ID: "input:" + o.Path, Brief: r.briefOffer(o), Detail: r.offerDetail(o), Additional: additional}, 1)
	}
}

// newInput offers one input that the file lacks.
func (r *request) newInput(prefix, name, attribute, value string, item Item, rank byte) {
	if r.has("inputs", name) || !ref.IsID(name) {
		return
	}
	item.Label, item.Kind = prefix+name, InputItem
	if value = stringSource(value); prefix == "" {
		item = r.statement(item, name, "."+attribute, value, "")
	} else if r.tail() == more {
		return // `inputs` goes on behind the cursor
	} else {
		item = r.statement(item, "inputs", "."+name+"."+attribute, value, "")
	}
	if edits := r.addFormal(name); edits != nil {
		item.Additional = append(slices.Clip(item.Additional), edits...)
	}
	r.offer(rank, item)
}

// addPins declares the pins input above the cursor's line where the file lacks it; nil where it is there, or where nobody
// knows its reference.
func (r *request) addPins() []text.Edit {
	if r.pins.Declared != nil || r.pins.Reference() == "" || r.has("inputs", r.pins.Input) {
		return nil
	}
	line := r.line()
	indent := indentOf(r.source, r.cursor)
	if line.Start+len(indent) != r.place.start {
		return nil // something else stands before it on the line
	}
	prefix := ""
	if r.place.written > 0 || len(r.place.path) == 0 {
		prefix = "inputs."
	}
	source := indent + prefix + r.pins.Input + ".url = " + stringSource(r.pins.Reference()) + ";" + r.eol()
	return []text.Edit{{Span: text.Span{Start: line.Start, End: line.Start}, New: source}}
}

// eol is the line end of the file.
func (r *request) eol() string {
	if i := strings.IndexByte(r.source, '\n'); i > 0 && r.source[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

func (r *request) offerDetail(o *workspace.Offer) string {
	return strings.TrimSuffix("follows "+o.Path+between+r.wholeOffer(o), between)
}

// shown is a reference to be read, not to be written: Nix's own form, which costs less than the one that loses nothing.
func shown(r ref.Ref) string { return ref.Redact(r.String()) }

// urlOf is a reference as people write it.
func urlOf(r ref.Ref) string {
	if url, ok := r.URL(true); ok {
		return url
	}
	return r.String()
}

// inputAttributes offers what an input, or an override, may say of itself.
func (r *request) inputAttributes(names []string) {
	path := r.place.path
	has := func(name string) bool { return r.has(append(slices.Clip(path), name)...) }
	typ, typed := r.value(append(slices.Clip(path), "type")...)
	for _, a := range inputAttributes {
		switch {
		case has("follows"), // nothing else means anything then
			a.name == "follows" && (has("url") || has("type")),
			a.name == "url" && has("type"),
			a.name == "type" && has("url"),
			a.name == "flake" && len(names) > 1:
			continue
		}
		if a.name == "follows" {
			r.followsAttribute(names, a)
			continue
		}
		r.attribute(a)
	}
	if typed {
		for _, a := range ref.Attributes(typ) {
			before, after := `"`, `"`
			switch a.Kind {
			case ref.Boolean:
				before, after = "true", ""
			case ref.Integer:
				before, after = "0", ""
			}
			r.attribute(attribute{a.Name, before, after, a.Doc})
		}
	}
	if !has("follows") {
		r.overrides(names, "inputs.")
	}
}

// followsAttribute offers `follows`, with the path where it can be told.
func (r *request) followsAttribute(names []string, a attribute) {
	path := r.wanted(names)
	if path == "" {
		r.attribute(a)
		return
	}
	item := Item{ID: "input:" + path, Label: "follows", Kind: AttributeItem, Brief: path, Detail: path}
	r.offer(0, r.statement(item, "follows", "", stringSource(path), ""))
}

// wanted is the path that an input of that name most likely follows: of an override an input of the flake so called, else
// what pins offers under the name, or under the name that the setting follows.aliases gives; "" where there is none.
func (r *request) wanted(names []string) string {
	r.ask()
	if r.pins != nil && names[0] == r.pins.Input {
		return "" // what pins gets is not ours to say, and would often go in a circle
	}
	name := names[len(names)-1]
	candidates := []string{name}
	if alias := r.snapshot.Config(r.file.Path).Follows.Aliases[name]; alias != "" {
		candidates = append(candidates, alias)
	}
	for _, c := range candidates {
		if len(names) > 1 && c != names[0] && ref.IsID(c) && r.has("inputs", c) && !r.goesThrough([]string{c}, names) {
			return c
		}
		if o := r.pins.Offer(c); o != nil {
			return o.Path
		}
	}
	return ""
}

// overrides offers the inputs that an input has itself; with prefix, as the whole path `inputs.NAME.follows`.
func (r *request) overrides(names []string, prefix string) {
	r.ask()
	if prefix != "" && r.tail() == more {
		return
	}
	for _, name := range r.inputsOf(names) {
		of := append(slices.Clip(names), name)
		if r.has(attributePath(of)...) {
			continue
		}
		path := r.wanted(of)
		item := Item{ID: "override:" + strings.Join(of, "/"), Label: prefix + name, Kind: OverrideItem}
		rank := byte(1)
		if path != "" {
			item.Brief, item.Detail = "follows "+path, "follows "+path
		}
		if path == "" || prefix != "" {
			rank = 3
		}
		before, after := stringSource(path), ""
		if path == "" {
			before, after = `"`, `"`
		}
		if prefix == "" {
			item = r.statement(item, name, ".follows", before, after)
		} else {
			item = r.statement(item, "inputs", "."+rewrite.NameSource(name)+".follows", before, after)
		}
		r.offer(rank, item)
	}
}
