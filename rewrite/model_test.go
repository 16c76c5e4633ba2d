package rewrite

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// model is what a flake says of one input, with nothing of how it is written. A rewrite of the model is written here without
// a look at the code that is tested.
type model struct {
	name string
	// owner is the name that the comments of the input bear; a rename does not change it.
	owner     string
	fields    []field
	overrides []*model
}

// field is one attribute; value is its Nix source and json what Nix evaluates that to.
type field struct {
	name, value string
	json        any
}

// flakeModel is a flake: its inputs and the arguments of outputs.
type flakeModel struct {
	inputs  []*model
	formals []string // nil: a plain argument
	open    bool
}

func text1(name, value string) field { return field{name, StringSource(value), value} }

func (m *model) get(name string) (field, bool) {
	i := slices.IndexFunc(m.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return m.fields[i], true
}

func (m *model) follows() (string, bool) {
	f, ok := m.get("follows")
	if !ok {
		return "", false
	}
	return f.json.(string), true
}

func (m *model) override(name string) *model { return named(m.overrides, name) }

func named(list []*model, name string) *model {
	for _, m := range list {
		if m.name == name {
			return m
		}
	}
	return nil
}

// evaluated is what Nix makes of the inputs. An empty `inputs` says nothing and is left out.
func evaluated(list []*model) map[string]any {
	set := map[string]any{}
	for _, m := range list {
		value := map[string]any{}
		for _, f := range m.fields {
			value[f.name] = f.json
		}
		if len(m.overrides) > 0 {
			value["inputs"] = evaluated(m.overrides)
		}
		set[m.name] = value
	}
	return set
}

// normal drops empty sets under `inputs` from what Nix evaluated.
func normal(v any) any {
	set, ok := v.(map[string]any)
	if !ok {
		return v
	}
	set = maps.Clone(set)
	for name, value := range set {
		set[name] = normal(value)
		if inner, ok := set[name].(map[string]any); ok && name == "inputs" && len(inner) == 0 {
			delete(set, name)
		}
	}
	return set
}

var inputNames = []string{"nixpkgs", "home-manager", "flake-utils", "a", "b", "c_d", "x'y", "dotted.name", "with space"}

func drawReference(t *rapid.T) []field {
	switch rapid.IntRange(0, 4).Draw(t, "reference") {
	case 0, 1:
		return []field{text1("url", rapid.SampledFrom([]string{"github:NixOS/nixpkgs/nixos-unstable", "git+https://example.org/x.git?ref=main", `odd "$" \ ${x}`}).Draw(t, "url"))}
	case 2:
		return []field{text1("type", "github"), text1("owner", "NixOS"), text1("repo", "nixpkgs"), text1("ref", "main")}
	case 3:
		return []field{text1("follows", rapid.SampledFrom([]string{"pins/x", "nixpkgs", "a/b/c", ""}).Draw(t, "follows"))}
	}
	return []field{{"url", "https://example.org/bare", "https://example.org/bare"}}
}

func drawModel(t *rapid.T, name string, depth int) *model {
	m := &model{name: name, owner: name}
	if rapid.IntRange(0, 9).Draw(t, "bare") > 0 {
		m.fields = drawReference(t)
	}
	if rapid.IntRange(0, 3).Draw(t, "flake") == 0 {
		m.fields = append(m.fields, field{"flake", "false", false})
	}
	if depth < 2 && rapid.IntRange(0, 2).Draw(t, "has overrides") == 0 {
		for _, name := range drawNames(t, 1, 2) {
			o := drawModel(t, name, depth+1)
			if len(o.fields)+len(o.overrides) == 0 {
				o.fields = []field{text1("follows", "nixpkgs")}
			}
			m.overrides = append(m.overrides, o)
		}
	}
	return m
}

func drawNames(t *rapid.T, least, most int) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(inputNames), least, most, rapid.ID).Draw(t, "names")
}

func drawFlake(t *rapid.T) *flakeModel {
	f := &flakeModel{}
	if rapid.IntRange(0, 9).Draw(t, "no inputs") > 0 {
		f.inputs = append(f.inputs, &model{name: "pins", owner: "pins", fields: []field{text1("url", "github:org/pins")}})
		for _, name := range drawNames(t, 0, 5) {
			f.inputs = append(f.inputs, drawModel(t, name, 0))
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "plain argument") > 0 {
		f.formals = []string{"self"}
		for _, in := range f.inputs {
			if isIdentifier(in.name) && ref.IsID(in.name) && rapid.Bool().Draw(t, "formal") {
				f.formals = append(f.formals, in.name)
			}
		}
		f.open = rapid.Bool().Draw(t, "open")
	}
	return f
}

// layout renders a flake as one of the many ways in which people write it.
type layout struct {
	t    *rapid.T
	b    strings.Builder
	unit string
	// sparse files have neither comments nor blank lines.
	sparse   bool
	comments int
}

func (l *layout) pick(n int, label string) int { return rapid.IntRange(0, n-1).Draw(l.t, label) }

func render(t *rapid.T, f *flakeModel) string {
	l := &layout{t: t, unit: rapid.SampledFrom([]string{"  ", "    ", "\t"}).Draw(t, "unit"), sparse: rapid.Bool().Draw(t, "sparse")}
	if l.pick(8, "one line") == 0 {
		return l.renderOneLine(f)
	}
	l.line("", "{")
	if l.pick(2, "description") == 0 {
		l.line(l.unit, `description = "d";`)
		l.gap()
	}
	split := l.pick(len(f.inputs)+1, "split")
	block := l.pick(2, "block") == 0
	l.inputs(f.inputs[:split], block)
	l.inputs(f.inputs[split:], l.pick(4, "other style") == 0 != block)
	if len(f.inputs) == 0 && l.pick(2, "empty inputs") == 0 {
		l.line(l.unit, "inputs = { };")
	}
	l.gap()
	l.outputs(f)
	l.line("", "}")
	return l.b.String()
}

func (l *layout) renderOneLine(f *flakeModel) string {
	l.sparse = true
	parts := []string{"{"}
	for _, in := range f.inputs {
		for _, s := range l.statements(in) {
			parts = append(parts, "inputs."+NameSource(in.name)+"."+s)
		}
		if len(in.fields)+len(in.overrides) == 0 {
			parts = append(parts, "inputs."+NameSource(in.name)+" = { };")
		}
	}
	return strings.Join(append(parts, "outputs = "+l.pattern(f)+": { };", "}"), " ")
}

func (l *layout) line(indent, code string) { l.b.WriteString(indent + code + "\n") }

// gap may write a blank line; never two.
func (l *layout) gap() {
	if !l.sparse && l.pick(3, "gap") == 0 && !strings.HasSuffix(l.b.String(), "\n\n") {
		l.b.WriteString("\n")
	}
}

// comment may write a comment on a line of its own. Its text names its owner: an input, or nobody.
func (l *layout) comment(indent, owner string) {
	if !l.sparse && l.pick(5, "comment") == 0 {
		l.comments++
		l.line(indent, fmt.Sprintf(rapid.SampledFrom([]string{"# %s#%d", "/* %s#%d */"}).Draw(l.t, "form"), owner, l.comments))
	}
}

// trailing may give a comment behind code.
func (l *layout) trailing(owner string) string {
	if l.sparse || l.pick(5, "trailing") > 0 {
		return ""
	}
	l.comments++
	return fmt.Sprintf(rapid.SampledFrom([]string{" # %s#%d", " /* %s#%d */"}).Draw(l.t, "form"), owner, l.comments)
}

func (l *layout) inputs(list []*model, block bool) {
	if len(list) == 0 {
		return
	}
	indent, prefix := l.unit, "inputs."
	if block {
		l.line(indent, "inputs = {")
		indent, prefix = indent+l.unit, ""
	}
	for i, in := range list {
		if i > 0 {
			l.gap()
		}
		l.comment(indent, "nobody")
		l.input(indent, prefix+l.name(in.name), in, in.name)
	}
	l.comment(indent, "nobody")
	if block {
		l.line(l.unit, "};")
	}
}

func (l *layout) name(name string) string {
	if isIdentifier(name) && l.pick(8, "quoted") > 0 {
		return name
	}
	if isIdentifier(name) && l.pick(4, "dollar") == 0 {
		return `${"` + name + `"}`
	}
	return StringSource(name)
}

// input writes one input, or one override, in one of its forms.
func (l *layout) input(indent, path string, in *model, owner string) {
	empty := len(in.fields)+len(in.overrides) == 0
	form := l.pick(4, "form of input")
	switch {
	case empty || form == 0: // { … } on one line
		l.line(indent, path+" = { "+strings.Join(append(l.statements(in), ""), " ")+"};"+l.trailing(owner))
	case form == 1: // a block
		l.line(indent, path+" = {"+l.trailing(owner))
		l.members(indent+l.unit, "", in, owner)
		l.line(indent, "};"+l.trailing(owner))
	default: // flat
		l.members(indent, path+".", in, owner)
	}
}

func (l *layout) members(indent, prefix string, in *model, owner string) {
	for i, f := range in.fields {
		if i > 0 {
			l.gap()
		}
		l.comment(indent, owner)
		equals := rapid.SampledFrom([]string{" = ", "=", " =\n" + indent + l.unit}).Draw(l.t, "equals")
		l.line(indent, prefix+f.name+equals+f.value+";"+l.trailing(owner))
		if !l.sparse && l.pick(6, "alternative") == 0 {
			l.comments++
			l.line(indent, fmt.Sprintf("# %s%s = %s; # %s#%d", prefix, f.name, f.value, owner, l.comments))
		}
	}
	if len(in.overrides) == 0 {
		return
	}
	if l.pick(2, "override block") == 0 {
		l.line(indent, prefix+"inputs = {")
		for _, o := range in.overrides {
			l.comment(indent+l.unit, owner)
			l.input(indent+l.unit, l.name(o.name), o, owner)
		}
		l.line(indent, "};"+l.trailing(owner))
		return
	}
	for _, o := range in.overrides {
		l.input(indent, prefix+"inputs."+l.name(o.name), o, owner)
	}
}

// statements are the bindings of an input on one line.
func (l *layout) statements(in *model) []string {
	var list []string
	for _, f := range in.fields {
		list = append(list, f.name+" = "+f.value+";")
	}
	for _, o := range in.overrides {
		for _, s := range l.statements(o) {
			list = append(list, "inputs."+NameSource(o.name)+"."+s)
		}
	}
	return list
}

func (l *layout) pattern(f *flakeModel) string {
	if f.formals == nil {
		return "inputs"
	}
	list := f.formals
	if f.open {
		list = append(slices.Clone(list), "...")
	}
	return "{ " + strings.Join(list, ", ") + " }" + rapid.SampledFrom([]string{"", "@inputs"}).Draw(l.t, "at")
}

func (l *layout) outputs(f *flakeModel) {
	list := slices.Clone(f.formals)
	if f.open {
		list = append(list, "...")
	}
	style := l.pick(3, "pattern")
	if f.formals == nil || style == 0 {
		l.line(l.unit, "outputs = "+l.pattern(f)+": { };")
		return
	}
	l.line(l.unit, "outputs =")
	indent := l.unit + l.unit
	for i, name := range list {
		switch {
		case style == 1 && i == 0:
			l.line(indent, "{ "+name+l.trailing("formal "+name))
		case style == 1:
			l.line(indent, ", "+name+l.trailing("formal "+name))
		default:
			if i == 0 {
				l.line(indent, "{")
			}
			comma := ","
			if i == len(list)-1 && (f.open || l.pick(2, "last comma") == 0) {
				comma = ""
			}
			l.line(indent+l.unit, name+comma+l.trailing("formal "+name))
		}
	}
	l.line(indent, "}:")
	l.line(indent, "{ };")
}
