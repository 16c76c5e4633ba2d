package manifestgen

import "pgregory.net/rapid"

// Style is how the attributes of inputs are put together.
type Style uint8

// The styles in which people write inputs.
const (
	// Flat writes `inputs.a.url = "…";` at the top.
	Flat Style = iota
	// Nested writes a set for `inputs` and one for every input.
	Nested
	// Dotted writes a set for `inputs`, with paths in it.
	Dotted
	// Mixed chooses anew for every set.
	Mixed
	// Split does too, and writes the attributes of a set in two places where it can.
	Split
)

// Styles are all styles.
var Styles = []Style{Flat, Nested, Dotted, Mixed, Split}

func (s Style) String() string { return [...]string{"flat", "nested", "dotted", "mixed", "split"}[s] }

// FormalsStyle is how the pattern of outputs is written.
type FormalsStyle uint8

// The styles of patterns.
const (
	// OneLine is { a, b, ... }.
	OneLine FormalsStyle = iota
	// LeadingCommas puts each name on a line, with the comma before it.
	LeadingCommas
	// TrailingCommas puts each name on a line, with the comma behind it, also behind the last one.
	TrailingCommas
	// Lines puts each name on a line, with the comma behind it, but none behind the last one.
	Lines
)

// Layout is how a model is written. The zero value is flat, with two spaces and no comments.
type Layout struct {
	Style  Style
	Indent string // "" for two spaces
	// CRLF ends lines in \r\n.
	CRLF bool
	// Comments puts comments of all kinds at the places where people put them. Each is unique and starts with "note".
	Comments bool
	// Quoted writes some names in quotes that need none, some as ${"name"}.
	Quoted bool
	// Literals writes some strings as ''…'' or as bare URLs.
	Literals bool
	// Spaces puts in odd spaces and empty lines, parentheses around values, and `rec`.
	Spaces  bool
	Formals FormalsStyle
	// ArgumentFirst writes name @ { … } rather than { … } @ name.
	ArgumentFirst bool
	// OutputsFirst writes outputs before inputs.
	OutputsFirst bool
	// Seed decides where the layout leaves a choice.
	Seed uint64
}

// RandomLayout draws a layout.
func RandomLayout(t *rapid.T) Layout {
	flag := rapid.Bool()
	return Layout{
		Style:         rapid.SampledFrom(Styles).Draw(t, "style"),
		Indent:        rapid.SampledFrom([]string{"  ", "\t", "    "}).Draw(t, "indent"),
		CRLF:          flag.Draw(t, "crlf"),
		Comments:      flag.Draw(t, "comments"),
		Quoted:        flag.Draw(t, "quoted"),
		Literals:      flag.Draw(t, "literals"),
		Spaces:        flag.Draw(t, "spaces"),
		Formals:       rapid.SampledFrom([]FormalsStyle{OneLine, LeadingCommas, TrailingCommas, Lines}).Draw(t, "formals"),
		ArgumentFirst: flag.Draw(t, "argument first"),
		OutputsFirst:  flag.Draw(t, "outputs first"),
		Seed:          rapid.Uint64().Draw(t, "seed"),
	}
}

var (
	plainNames = []string{
		"nixpkgs", "pins", "home-manager", "flake-utils", "flake-parts", "crane", "rust-overlay", "systems", "nixos-hardware",
		"treefmt-nix", "a", "b_2", "nixpkgs-unstable", "x'", "inputs", "url", "follows", "outputs",
	}
	oddNames = []string{"a.b", "with space", "rec", "1a", "é", "a\"b", "$x", "${y}", "in", "back\\slash"}
	urls     = []string{
		"github:NixOS/nixpkgs/nixos-unstable", "github:nix-community/home-manager", "git+https://example.org/r.git?ref=main",
		"https://example.org/x.tar.gz", "path:./sub", "nixpkgs", "pins/crane", "gitlab:a/b?dir=c%20d", "", "git+ssh://git@example.org/a",
		"with \"quotes\" and \\ and ${x} and $y", "two\nlines", "''", "tab\there", " lead and trail ", "$${z}",
	}
)

// RandomName draws the name of an input; one in four is such that it needs quotes.
func RandomName() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 3).Draw(t, "odd") == 0 {
			return rapid.SampledFrom(oddNames).Draw(t, "name")
		}
		return rapid.SampledFrom(plainNames).Draw(t, "name")
	})
}

// RandomModel draws a model that Nix's parser takes, in any layout. Its references need not be good ones.
func RandomModel(t *rapid.T) Model {
	m := Model{Description: rapid.SampledFrom([]string{"", "A flake", "it's ${x} \"quoted\""}).Draw(t, "description")}
	m.Inputs = randomInputs(t, 2, rapid.IntRange(0, 6).Draw(t, "inputs"))
	f := &m.Outputs
	f.Pattern = rapid.Bool().Draw(t, "pattern")
	if f.Pattern {
		f.Formals = append(f.Formals, Formal{Name: "self"})
		for _, in := range m.Inputs {
			if identifier(in.Name) && rapid.Bool().Draw(t, "formal") {
				formal := Formal{Name: in.Name}
				if rapid.IntRange(0, 4).Draw(t, "default") == 0 {
					formal.Default = "null"
				}
				f.Formals = append(f.Formals, formal)
			}
		}
		f.Ellipsis = rapid.Bool().Draw(t, "ellipsis")
	}
	if !f.Pattern || rapid.Bool().Draw(t, "at") {
		f.Argument = "args"
	}
	return m
}

func randomInputs(t *rapid.T, depth, count int) []Input {
	var inputs []Input
	seen := map[string]bool{}
	for range count {
		name := RandomName().Draw(t, "input")
		if seen[name] {
			continue
		}
		seen[name] = true
		in := Input{Name: name}
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			in.Fields = []Field{{"follows", rapid.SampledFrom([]string{"pins/x", "nixpkgs", ""}).Draw(t, "follows")}}
		case 1:
			in.Fields = []Field{{"type", "git"}, {"url", rapid.SampledFrom(urls).Draw(t, "url")}, {"submodules", true}, {"shallow", int64(1)}}
		case 2:
			in.Fields = []Field{{"url", Path(rapid.SampledFrom([]string{"./sub", "../x/y", "/etc/z"}).Draw(t, "path"))}}
		default:
			in.Fields = []Field{{"url", rapid.SampledFrom(urls).Draw(t, "url")}}
		}
		if rapid.IntRange(0, 3).Draw(t, "flake") == 0 {
			in.Fields = append(in.Fields, Field{"flake", rapid.Bool().Draw(t, "flake value")})
		}
		if depth > 0 {
			in.Overrides = randomInputs(t, depth-1, rapid.IntRange(0, 2).Draw(t, "overrides"))
		}
		inputs = append(inputs, in)
	}
	return inputs
}
