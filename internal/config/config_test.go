package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
)

var codes = []string{"raw-url", "pinned-rev", "registry-url"}

// shown prints problems as a test reads them: the marked text, the key, the message, the nearest name.
func shown(source string, problems []config.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%s [%s] %s", p.Span.In(source), p.Key, p.Message)
		if p.Nearest != "" {
			fmt.Fprintf(&b, " (%s)", p.Nearest)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Breaks when a setting of the table is not decoded into its field, or a default is not the one of the table.
func TestEverySettingReachesItsField(t *testing.T) {
	source := `role = "leaf"
preview = true

[pins]
inputs = ["central", "pins"]
reference = "github:acme/central"

[follows]
ignore = [
  "fenix", # it has a cache of its own
]
aliases = { nixpkgs-stable = "nixpkgs" }

[sources.aliases]
"github:old/name" = "github:new/name"

[rules]
raw-url = "warning"
'pinned-rev' = "off"

[registry]
flake-registry = "registry.json"

[files]
include-templates = true
exclude = ["/vendor", "*.bak"]

[locks]
max-age-days = 7

[hints]
locked = false
follows = false
registry = false

[lenses]
summary = false
followers = false
package-set = false
commands = false

[editor]
debounce = 1_000
workspace-diagnostics = false
`
	layer := config.ParseTOML("/repo/.nix-pins.toml", source, codes)
	if len(layer.Problems) > 0 {
		t.Fatal(shown(source, layer.Problems))
	}
	c := config.Merge(layer)
	got := map[string]any{
		"role": c.Role, "preview": c.Preview, "pins": c.Pins, "follows": c.Follows, "sources": c.Sources, "rules": c.Rules,
		"registry": c.Registry, "files": c.Files, "locks": c.Locks, "hints": c.Hints, "lenses": c.Lenses, "editor": c.Editor,
	}
	want := map[string]any{
		"role": "leaf", "preview": true,
		"pins":    config.Pins{Inputs: []string{"central", "pins"}, Reference: "github:acme/central"},
		"follows": config.Follows{Ignore: []string{"fenix"}, Aliases: map[string]string{"nixpkgs-lib": "nixpkgs", "nixpkgs-stable": "nixpkgs"}},
		"sources": config.Sources{Aliases: map[string]string{"github:old/name": "github:new/name"}},
		"rules":   map[string]string{"raw-url": "warning", "pinned-rev": "off"}, "registry": config.Registry{FlakeRegistry: "/repo/registry.json"},
		"files": config.Files{IncludeTemplates: true, Exclude: []string{"/vendor", "*.bak"}}, "locks": config.Locks{MaxAgeDays: 7}, "hints": config.Hints{}, "lenses": config.Lenses{}, "editor": config.Editor{Debounce: time.Second},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// What only an editor may set.
	editor := config.ParseJSON([]byte(`{"commands": {"nix": "/bin/nix", "git": "/bin/git"}}`), codes)
	if got, want := config.Merge(layer, editor).Commands, (config.Commands{Nix: "/bin/nix", Git: "/bin/git"}); got != want || len(editor.Problems) > 0 {
		t.Errorf("commands are %v, want %v: %v", got, want, editor.Problems)
	}
	// Each setting that the texts set differs from its default: none is forgotten above.
	for _, e := range config.Merge(layer, editor).Entries() {
		if e.Origin.Kind == config.Default && e.Key != "follows.aliases.nixpkgs-lib" {
			t.Errorf("%s is not set by the test", e.Key)
		}
	}
	d := config.Merge()
	if d.Editor != (config.Editor{Debounce: 50 * time.Millisecond, WorkspaceDiagnostics: true}) || len(d.Pins.Inputs) != 2 || d.Role != "" || d.Preview || len(d.Rules) != 0 || d.Hints != (config.Hints{Locked: true, Follows: true, Registry: true}) {
		t.Errorf("the defaults are %+v", d)
	}
}

// Breaks when the byte order mark that some editors of Windows write costs the settings behind it.
func TestByteOrderMark(t *testing.T) {
	const source = "\uFEFF[pins]\r\nreference = \"github:a/b\"\r\nx = 1\r\n"
	layer := config.ParseTOML("/x/.nix-pins.toml", source, nil)
	if got := config.Merge(layer).Pins.Reference; got != "github:a/b" {
		t.Errorf("reference %q", got)
	}
	if got, want := shown(source, layer.Problems), "x [pins.x] there is no setting \"pins.x\"\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Breaks when a faulty part takes readable parts with it, when a problem marks another place than the fault, or when a near
// name is not offered.
func TestProblems(t *testing.T) {
	cases := []struct{ name, source, want string }{
		{"unknown key", "rolle = \"pins\"\n", "rolle [rolle] there is no setting \"rolle\" (role)\n"},
		{"unknown table", "[pin]\ninputs = []\nother = 1\n", "pin [pin] there is no setting \"pin\" (pins)\n"},
		{"unknown key in a table", "[files]\nexclud = []\n", "exclud [files.exclud] there is no setting \"files.exclud\" (exclude)\n"},
		{"dotted key", "pins.imputs = []\n", "imputs [pins.imputs] there is no setting \"pins.imputs\" (inputs)\n"},
		{"inline table", "pins = { imputs = [], reference = 7 }\n",
			"imputs [pins.imputs] there is no setting \"pins.imputs\" (inputs)\n7 [pins.reference] `pins.reference` takes a string, found 7\n"},
		{"value that is none", "role = \"pin\"\n", "\"pin\" [role] `role` is one of pins, leaf, standalone; found \"pin\" (pins)\n"},
		{"type", "preview = \"yes\"\n", "\"yes\" [preview] `preview` is a boolean, found the string \"yes\"\n"},
		{"number", "editor.debounce = \"5\"\n", "\"5\" [editor.debounce] `editor.debounce` is an integer, found the string \"5\"\n"},
		{"list", "[pins]\ninputs = \"pins\"\n", "\"pins\" [pins.inputs] `pins.inputs` is a list of strings, found the string \"pins\"\n"},
		{"element", "[pins]\ninputs = [\"a\", 'b', 3.5]\n", "[\"a\", 'b', 3.5] [pins.inputs] `pins.inputs` takes a string, found 3.5\n"},
		{"range", "editor.debounce = -1\n", "-1 [editor.debounce] `editor.debounce` is a number from 0 to 10000, found -1\n"},
		{"table for a value", "[role]\n", "role [role] `role` takes a string, found a table\n"},
		{"value for a table", "pins = true\n", "true [pins] `pins` is a table, found true\n"},
		{"list of tables", "[[rules]]\nraw-url = \"off\"\n", "rules [rules] `rules` is no list of tables: write it in single brackets\n"},
		{"rule", "[rules]\nraw-ulr = \"off\"\nraw-url = \"of\"\n",
			"raw-ulr [rules.raw-ulr] there is no rule \"raw-ulr\" (raw-url)\n\"of\" [rules.raw-url] `rules.raw-url` is one of off, hint, information, warning, error; found \"of\" (off)\n"},
		{"pattern", "files.exclude = [\"[\"]\n", "\"[\" [files.exclude] \"[\" is no pattern as in .gitignore\n"},
		// Who reads the message, as in the log of a CI, need not be one who may read the file.
		{"secret in a value of another type", "[pins]\ninputs = \"https://bob:s3cr3t@h\"\n",
			"\"https://bob:s3cr3t@h\" [pins.inputs] `pins.inputs` is a list of strings, found the string \"https://***@h\"\n"},
		{"secret that ends a URL elsewhere", "pins.inputs = 'git+ssh://bob:s3\"cr<3t@h/x'\n",
			"'git+ssh://bob:s3\"cr<3t@h/x' [pins.inputs] `pins.inputs` is a list of strings, found the string \"git+ssh://bob:***@h/x\"\n"},
		{"secrets in a value that is none", "role = \"https://a/b, https://bob:s3cr3t@h\"\n",
			"\"https://a/b, https://bob:s3cr3t@h\" [role] `role` is one of pins, leaf, standalone; found \"https://a/b, https://***@h\"\n"},
		{"secret in a key", "\"https://bob:s3cr3t@h\" = 7\n",
			"\"https://bob:s3cr3t@h\" [https://bob:s3cr3t@h] there is no setting \"https://***@h\"\n"},
		{"secret in a key with a value", "[sources.aliases]\n\"https://bob:s3cr3t@h\" = 7\n",
			"7 [sources.aliases.https://bob:s3cr3t@h] `sources.aliases.https://***@h` takes a string, found 7\n"},
		{"date", "role = 2026-11-21\n", "2026-11-21 [role] `role` takes a string, found a value of another type\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			source := "pins.reference = \"github:a/b\"\n" + c.source
			if strings.HasPrefix(c.source, "pins") {
				source = "preview = false\n" + c.source
			}
			layer := config.ParseTOML("/x/.nix-pins.toml", source, codes)
			if diff := cmp.Diff(c.want, shown(source, layer.Problems)); diff != "" {
				t.Error(diff)
			}
			if len(config.Merge(layer).Entries()) == len(config.Merge().Entries()) && config.Merge(layer).Origin("pins.reference").Kind == config.Default &&
				config.Merge(layer).Origin("preview").Kind == config.Default {
				t.Error("the good line before the fault does not count")
			}
		})
	}
}

// Breaks when a file of a repository can choose a program that is started, in whichever form it is written, or says nothing of it.
func TestEditorOnly(t *testing.T) {
	const want = "`commands.%s` counts only in the settings of an editor: a repository must not choose the program that is started\n"
	for _, source := range []string{"[commands]\nnix = \"evil\"\n", "commands.nix = \"/evil\"\n", "commands = { nix = 7 }\n", "\"commands\".'nix' = \"\"\n", "[commands.nix]\n"} {
		layer := config.ParseTOML("/repo/.nix-pins.toml", source, codes)
		got := shown(source, layer.Problems)
		if _, message, _ := strings.Cut(got, " [commands.nix] "); message != fmt.Sprintf(want, "nix") {
			t.Errorf("%q gives %q", source, got)
		}
		if c := config.Merge(layer); c.Commands != (config.Commands{}) {
			t.Errorf("%q sets %v", source, c.Commands)
		}
	}
	layer := config.ParseJSON([]byte(`{"commands": {"git": "git"}, "trusted": true}`), codes)
	if diff := cmp.Diff(" [commands.git] `commands.git` is an absolute path in editor settings, found \"git\"\n", shown("", layer.Problems)); diff != "" {
		t.Error(diff)
	}
}

// Breaks when a line that is no TOML, as there is one while somebody types, hides the lines around it, or when several
// faults of one cause are each reported.
func TestTextThatIsNoTOML(t *testing.T) {
	source := "preview = true\nrole = \n[pins]\nreference = \"github:a/b\"\nreference = \"github:a/c\"\ninputs = [\n"
	layer := config.ParseTOML("/x/.nix-pins.toml", source, codes)
	want := " [] this is no TOML: incomplete number\n\"github:a/c\" [pins.reference] `pins.reference` is set twice; the first value counts\n"
	if diff := cmp.Diff(want, shown(source, layer.Problems)); diff != "" {
		t.Error(diff)
	}
	if line := strings.Count(source[:layer.Problems[0].Span.Start], "\n"); line != 1 {
		t.Errorf("the fault is found in line %d, want 1", line)
	}
	c := config.Merge(layer)
	if !c.Preview || c.Pins.Reference != "github:a/b" {
		t.Errorf("the rest of the file is lost: %+v", c)
	}
	// More faulty lines than are passed over: no endless loop, no panic.
	config.ParseTOML("/x/.nix-pins.toml", strings.Repeat("= 1\n", 100), codes)
	config.ParseTOML("/x/.nix-pins.toml", "\xff\x00[", codes)
}

// Breaks when an editor's object is read by other rules than the file, or when what an extension keeps for itself is
// reported as unknown.
func TestEditorSettings(t *testing.T) {
	layer := config.ParseJSON([]byte(`{
		"server": {"path": "x"}, "trace": {"server": "off"}, "trusted": false, "role": null,
		"pins": {"inputs": ["central"], "imputs": []}, "editor": {"debounce": 20.0}, "rules": {"raw-url": "off", "raw-ulr": "off"},
		"registry": {"flake-registry": "here.json"}
	}`), codes)
	want := " [pins.imputs] there is no setting \"pins.imputs\" (inputs)\n" +
		" [registry.flake-registry] `registry.flake-registry` is an absolute path in editor settings, found \"here.json\"\n" +
		" [rules.raw-ulr] there is no rule \"raw-ulr\" (raw-url)\n"
	if diff := cmp.Diff(want, shown("", layer.Problems)); diff != "" {
		t.Error(diff)
	}
	c := config.Merge(layer)
	if diff := cmp.Diff([]string{"central"}, c.Pins.Inputs); diff != "" || c.Editor.Debounce != 20*time.Millisecond || c.Rules["raw-url"] != "off" {
		t.Errorf("%+v %s", c, diff)
	}
	for _, raw := range []string{"", "null", " \n"} {
		if layer := config.ParseJSON([]byte(raw), codes); len(layer.Problems) > 0 {
			t.Errorf("%q gives %v", raw, layer.Problems)
		}
	}
	for _, raw := range []string{"[]", "{", "7"} {
		if layer := config.ParseJSON([]byte(raw), codes); len(layer.Problems) != 1 {
			t.Errorf("%q gives %v", raw, layer.Problems)
		}
	}
}

// Breaks when layers are merged in another order, when a table of names is replaced as a whole, or when an origin is lost.
func TestLayers(t *testing.T) {
	root := config.ParseTOML("/r/.nix-pins.toml", "preview = true\n[rules]\nraw-url = \"off\"\npinned-rev = \"hint\"\n", codes)
	leaf := config.ParseTOML("/r/leaf/.nix-pins.toml", "[rules]\nraw-url = \"error\"\n", codes)
	editor := config.ParseJSON([]byte(`{"preview": false}`), codes)
	c := config.Merge(root, nil, leaf, editor)
	var got strings.Builder
	for _, e := range c.Entries() {
		if e.Origin.Kind != config.Default {
			fmt.Fprintf(&got, "%s = %v: %s %s\n", e.Key, e.Value, e.Origin.Kind, e.Origin.Path)
		}
	}
	want := "rules.pinned-rev = hint: project file /r/.nix-pins.toml\n" +
		"rules.raw-url = error: project file /r/leaf/.nix-pins.toml\n" +
		"preview = false: editor settings \n"
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
	if o := c.Origin("rules.raw-url"); o.Path != "/r/leaf/.nix-pins.toml" || o.Span.Empty() {
		t.Errorf("the origin is %+v", o)
	}
}

// Breaks when a text makes the reader panic or a problem points outside of the text.
func FuzzParseTOML(f *testing.F) {
	for _, seed := range []string{"role = \"pins\"", "[rules]\nx = 'off'", "a = [1, {b = 2}]\n[[a]]", "pins = { inputs = [\"\"\"x\"\"\"] }", "= ", "a.\"b\".c = 0x1F"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		layer := config.ParseTOML("/x/.nix-pins.toml", source, codes)
		for _, p := range layer.Problems {
			if p.Span.Start < 0 || p.Span.End > len(source) || p.Span.Start > p.Span.End {
				t.Errorf("%v is not in the text", p)
			}
		}
		config.Merge(layer)
	})
}
