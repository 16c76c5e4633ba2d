package diagnostics_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
)

// layWithoutPins writes a leaf with one input, lib, and no pins input, beside a pins flake that has lib.
func layWithoutPins(t *testing.T, url, outputs string) (dir string) {
	t.Helper()
	return layFlakes(t, `
-- .nix-pins.toml --
[pins]
reference = "github:acme/pins"
-- pins/flake.nix --
{ inputs.lib.url = "github:acme/lib"; outputs = _: { }; }
-- leaf/flake.nix --
{
  inputs.lib.url = "`+url+`";
  outputs = `+outputs+`;
}
`)
}

// Breaks when a flake is given a pins input though a function that it passes all inputs to may not accept it, or is refused one though
// there is nothing to adopt or each function takes any set.
func TestAdoptWhereAllInputsArePassed(t *testing.T) {
	for _, c := range []struct{ url, outputs, want string }{
		{"github:acme/lib", `inputs: import ./o.nix inputs`, "line 3 passes all inputs to o.nix, which is not there"},
		{"github:acme/lib", `{ self, lib }@args: f args`, "line 3 passes all inputs to a function, which may not accept one more"},
		{"github:acme/lib", `inputs: (({ self, lib }: { }) inputs)`, "line 3 passes all inputs to a function, which may not accept one more"},
		{"github:acme/lib", `inputs: (({ self, ... }: { }) inputs)`, ""},
		{"github:acme/lib", `inputs: inputs.lib.mkFlake { inherit inputs; } { }`, ""},
		{"github:acme/own", `inputs: import ./o.nix inputs`, "nothing"},
	} {
		dir := layWithoutPins(t, c.url, c.outputs)
		path := filepath.Join(dir, "leaf", "flake.nix")
		a, err := diagnostics.Adopt(context.Background(), openWorkspace(t, dir, filepath.Join(dir, "nobody")).Snapshot(), path)
		switch {
		case err != nil:
			if a != nil || err.Error() != c.want {
				t.Errorf("%s: %v, want %q", c.outputs, err, c.want)
			}
		case a == nil:
			if c.want != "nothing" {
				t.Errorf("%s: nothing is adopted, want %q", c.outputs, c.want)
			}
		case c.want != "" || !strings.Contains(a.Text, `lib.follows = "pins/lib"`):
			t.Errorf("%s: adopted, want %q:\n%s", c.outputs, c.want, a.Text)
		}
	}
}

// adopted is what Adopt makes of a leaf beside a pins flake that has lib, tool and a to e, where leaves refer to it as reference says.
func adopted(t *testing.T, reference, name, text string) (*diagnostics.Adopted, []diagnostics.Finding, error) {
	t.Helper()
	if reference != "" {
		reference = "[pins]\nreference = \"" + reference + "\"\n"
	}
	var pins strings.Builder
	for _, input := range strings.Fields("lib tool a b c d e") {
		pins.WriteString("inputs." + input + ".url = \"github:acme/" + input + "\"; ")
	}
	dir := layFlakes(t, "-- .nix-pins.toml --\n"+reference+"-- pins/flake.nix --\n{ "+pins.String()+"outputs = _: { }; }\n-- "+name+" --\n"+text+"\n")
	path := filepath.Join(dir, filepath.FromSlash(name))
	s := openWorkspace(t, dir, filepath.Join(dir, "nobody")).Snapshot()
	findings, err := diagnostics.Run(context.Background(), s, path)
	if err != nil {
		t.Fatal(err)
	}
	a, err := diagnostics.Adopt(context.Background(), s, path)
	return a, findings, err
}

// Breaks when Adopt changes what it must leave, or leaves what it must change; when it makes fixes that are a choice, or of another rule;
// when what it mends, or its title, is untrue.
func TestAdopt(t *testing.T) {
	const lib = `lib.url = "github:acme/lib";`
	for name, c := range map[string]struct {
		inputs string // and what else the leaf has
		title  string // "" where nothing is done
		mended string // the objects of the findings that it mends
		keeps  string // what stands in the text as before
	}{
		"one":                    {inputs: lib, title: "Add the input pins and let lib follow it", mended: "lib"},
		"one on purpose":         {inputs: lib + " # on purpose: another one\n"},
		"one of them on purpose": {inputs: lib + "\n" + `tool.url = "github:acme/tool"; # on purpose: another one`, title: "Add the input pins and let lib follow it", mended: "lib", keeps: `tool.url = "github:acme/tool"; # on purpose: another one`},
		"one that follows it":    {inputs: `lib.follows = "pins/lib";`, title: "Add the input pins", mended: "pins"},
		"a fault of another kind": {
			inputs: lib + "\n" + `other.url = "github:acme/other"; same.follows = "other"; same.inputs.x.follows = "other";`,
			title:  "Add the input pins and let lib follow it", mended: "lib", keeps: `same.inputs.x.follows = "other";`,
		},
		"many": {
			inputs: lib + ` a.url = "github:acme/a"; b.url = "github:acme/b"; c.url = "github:acme/c"; d.url = "github:acme/d";`,
			title:  "Add the input pins and let lib, a, b and 2 more follow it", mended: "lib a b c d",
		},
		"as many as are named": {
			inputs: lib + ` a.url = "github:acme/a"; b.url = "github:acme/b"; c.url = "github:acme/c";`,
			title:  "Add the input pins and let lib, a, b and c follow it", mended: "lib a b c",
		},
		"nothing that pins has": {inputs: `other.url = "github:acme/other";`},
		"no inputs":             {},
		"a pins input":          {inputs: lib + ` pins.url = "github:acme/pins";`},
	} {
		t.Run(name, func(t *testing.T) {
			a, findings, err := adopted(t, "github:acme/pins", "leaf/flake.nix", "{\n  inputs = {\n    "+c.inputs+"\n  };\n  outputs = { self, ... }: { };\n}")
			if err != nil {
				t.Fatal(err)
			}
			if a == nil || c.title == "" {
				if (a == nil) != (c.title == "") {
					t.Errorf("got %v, want %q", a, c.title)
				}
				return
			}
			if got := a.Title(); got != c.title || a.Pins != "pins" {
				t.Errorf("the title is %q, want %q", got, c.title)
			}
			var mended []string
			for _, f := range a.Mends(findings) {
				mended = append(mended, f.Object)
				if !diagnostics.Adopts(f) {
					t.Errorf("%s of %s is mended by it and not adopted", f.Code, f.Object)
				}
			}
			if other := a.Mends([]diagnostics.Finding{{Code: "unused-input", Object: "lib"}}); len(other) > 0 {
				t.Errorf("it mends %v", other)
			}
			if got := strings.Join(mended, " "); got != c.mended {
				t.Errorf("it mends %q, want %q", got, c.mended)
			}
			if !strings.Contains(a.Text, `pins.url = "github:acme/pins";`) || !strings.Contains(a.Text, c.keeps) {
				t.Errorf("the text is\n%s", a.Text)
			}
		})
	}
}

// Breaks when a file that is no leaf, or cannot be read, is touched, or a reason that it cannot be done gets lost.
func TestAdoptOfOtherFiles(t *testing.T) {
	const input = `inputs.lib.url = "github:acme/lib"; `
	for name, c := range map[string]struct{ reference, file, text, want string }{
		"mana":                       {"github:acme/pins", "leaf/mana.nix", "{ " + input + "}", ""},
		"a broken one":               {"github:acme/pins", "leaf/flake.nix", "{ " + input + "outputs = _: { ; }", ""},
		"pins itself":                {"github:acme/pins", "pins/flake.nix", "{ " + input + "outputs = _: { }; }", ""},
		"one without outputs":        {"github:acme/pins", "leaf/flake.nix", "{ " + input + "}", "adopted"},
		"outputs that are elsewhere": {"github:acme/pins", "leaf/flake.nix", "{ " + input + "outputs = import ./o.nix; }", "outputs"},
		"nobody says how":            {"", "leaf/flake.nix", "{ " + input + "outputs = _: { }; }", diagnostics.ErrNoPinsReference.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			a, _, err := adopted(t, c.reference, c.file, c.text)
			switch {
			case err != nil:
				if c.want == "" || a != nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v, %v, want %q", a, err, c.want)
				}
			case (a != nil) != (c.want == "adopted"), a == nil && c.want != "":
				t.Errorf("got %v, want %q", a, c.want)
			}
		})
	}
	alone := layFlakes(t, "-- leaf/flake.nix --\n{ "+input+"outputs = _: { }; }\n")
	if a, err := diagnostics.Adopt(context.Background(), openWorkspace(t, alone, filepath.Join(alone, "nobody")).Snapshot(), filepath.Join(alone, "leaf", "flake.nix")); a != nil || err != nil {
		t.Errorf("where nobody is pins: %v, %v", a, err)
	}
	ended, end := context.WithCancel(context.Background())
	end()
	dir := layFlakes(t, "-- .nix-pins.toml --\n[pins]\nreference = \"github:acme/pins\"\n-- pins/flake.nix --\n{ "+input+"outputs = _: { }; }\n-- leaf/flake.nix --\n{ "+input+"outputs = _: { }; }\n")
	if _, err := diagnostics.Adopt(ended, openWorkspace(t, dir, filepath.Join(dir, "nobody")).Snapshot(), filepath.Join(dir, "leaf", "flake.nix")); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: %v", err)
	}
}
