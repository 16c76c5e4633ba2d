package rewrite

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// handedBodies are expressions of a file that is handed `inputs`, and of outputs that has it too. N is the input that is renamed to M
// in the flake itself, P is one of the inputs of its input pins that is renamed to Q there.
var handedBodies = []string{
	`inputs.N`, `inputs."N"`, `inputs.N or 1`, `inputs.other or inputs.N`, `inputs ? N`, `let inherit (inputs) N; in N`,
	`{ inherit (inputs) N self; }`, "{\n      inherit (inputs)\n        self\n        N\n        ;\n    }", `rec { inherit (inputs) N; x = N; }`,
	`let N = 1; in [ N inputs.N ]`, `(N: [ N inputs.N ]) 5`, `{ N = 4; }.N`, `({ inputs }: inputs.N) { inherit inputs; }`, `inputs.self.inputs.N`,
	`let M = 9; inherit (inputs) N; in [ M N ]`, `let inputs' = inputs; in inputs'.N`, `(x: let inherit (x.self) inputs; in inputs.N) inputs`,
	`inputs.pins.inputs.P`, `inputs.pins.inputs."P" or 1`, `let inherit (inputs.pins.inputs) P; in P`, `{ inherit (inputs.pins.inputs) P N; }`,
	`inputs.pins.inputs.N`, `let P = 2; in [ P inputs.pins.inputs.P ]`, `inputs.self.inputs.pins.inputs.P`, `inputs.pins.P`, `builtins.isAttrs inputs`, `let f = i: i.self; N = "x"; in { N = f inputs; y = N; }`, `let Q = 3; in inputs.pins.inputs.P`,
}

// otherPins take an input of something else that is called pins, which cannot be told from pins by another way.
var otherPins = []string{
	`let pins = { inputs.P = 6; }; in pins.inputs.P`, `let inherit (inputs) pins; in pins.inputs.P`, `let inherit (inputs) pins; in { inherit (pins.inputs) N P; }`,
	`(args: args.pins.inputs.P) inputs`, `{ inherit (inputs.pins) inputs; }`, `with inputs.pins.inputs; P`, `builtins.getAttr "P" inputs.pins.inputs`,
}

// Breaks when what may be a use of an input's input is passed over.
func TestRenameElsewhereRefuses(t *testing.T) {
	below := Renaming{Old: "under", New: "over", Leads: pinsLead}
	for _, body := range otherPins {
		flake := strings.ReplaceAll("{ inputs.pins.url = \"x\"; outputs = { self, ... }@inputs: "+body+"; }", "P", "under")
		var refusal *Refusal
		if change, err := RenameBelow(parse.Parse(parse.Flake, flake), below); !errors.As(err, &refusal) {
			t.Errorf("%s: %v %v", body, change.Edits, err)
		}
	}
	// The flake itself gets another name, by which its inputs are taken.
	for _, body := range []string{
		`let p = inputs.pins; in p.inputs.under`, `let p = inputs.pins; in { inherit (p.inputs) under; }`, `(f inputs.pins).inputs.under`,
		`with inputs.pins; { x = inputs.self.outPath; y = (g self).inputs."under"; }`,
	} {
		var refusal *Refusal
		if change, err := RenameBelow(parse.Parse(parse.Flake, "{ inputs.pins.url = \"x\"; outputs = { self, ... }@inputs: "+body+"; }"), below); !errors.As(err, &refusal) {
			t.Errorf("%s: %v %v", body, change.Edits, err)
		}
	}
	for file, refused := range map[string]bool{
		`p: p.inputs.under`: true, `{ flake }: let inherit (flake.inputs) under; in under`: true, `{ other, ... }: other.inputs.under`: false,
		`{ self, ... }: self.inputs.under`: false, `{ under, ... }: under`: false, `p: p.inputs.pins`: false,
	} {
		handed := below
		handed.Whole, handed.Inputs = true, []string{"pins", "other"}
		var refusal *Refusal
		if change, err := RenameNestedInFile(file, handed); errors.As(err, &refusal) != refused {
			t.Errorf("%s: %v %v", file, change.Edits, err)
		}
	}
	var refusal *Refusal
	opened := below
	opened.Set = true
	if _, err := RenameNestedInFile(`{ under, ... }: under`, opened); !errors.As(err, &refusal) {
		t.Errorf("an argument of a file that gets the inputs of pins: %v", err)
	}
	for _, file := range []string{`{ pins, ... }: pins.inputs.under`, `{ inputs, ... }: with inputs.pins.inputs; under`, `{ inputs, ... }: let inherit (inputs) pins; in pins.inputs.under`} {
		var refusal *Refusal
		if change, err := RenameNestedInFile(file, below); !errors.As(err, &refusal) {
			t.Errorf("%s: %v %v", file, change.Edits, err)
		}
	}
}

// Breaks when another file's name for the set of the inputs hides a use of the input, which is then left with its old name; or when a word that
// is none is taken for one.
func TestRenameInFileByAnotherName(t *testing.T) {
	for body, refused := range map[string]bool{
		`let i = inputs; in i.old`:                                                                      true,
		`let i = inputs; in { inherit (i) old; }`:                                                       true,
		`let i = inputs.self.inputs; in i.old`:                                                          true,
		`let all = removeAttrs inputs [ "self" ]; in all.old`:                                           true,
		`[ (with inputs; old) ]`:                                                                        true,
		`{ imports = with inputs; [ old.nixosModules.old other ]; }`:                                    true,
		`(inputs // { y = 1; }).old`:                                                                    true,
		`builtins.getAttr "old" inputs`:                                                                 true,
		`{ inherit (removeAttrs inputs [ "self" ]) other old; }`:                                        true,
		`let old = 1; i = inputs; in [ old i.other ]`:                                                   false,
		`{ x = inputs."old"; y = lib.attrNames inputs; z = "old one"; "old" = 1; }`:                     false,
		`lib.attrByPath [ "old" ] null inputs`:                                                          true,
		`{ a = lib.mapAttrs (_: f: f) inputs; old.enable = inputs.old.old; }`:                           false,
		`{ a = lib.attrValues inputs; /* old */ b = inputs.old.lib; c = "x"; } # old`:                   false,
		`import ./b.nix { inherit inputs; x = old; inherit (config) old; }`:                             false,
		`{ x = config.old; y = inputs.other.old; }`:                                                     false,
		`let i = { } // inputs; in { y = i.old.y; }`:                                                    true,
		`let i = inputs; in { y = if i ? old then 1 else throw "gone"; }`:                               true,
		`let i = inputs; in with i; { y = old.y; }`:                                                     true,
		`let i = { a = inputs; }; in { y = i.a.old.y; }`:                                                true,
		`let i = inputs; j = i; in { y = j.old.y; }`:                                                    true,
		`let i = inputs; in i/* c */.old`:                                                               true,
		`(f (inputs)).old`:                                                                              true,
		`let i = f { x = 1; } inputs; in i.old`:                                                         true,
		`let f = i: i.old; in f inputs`:                                                                 true,
		`let f = { old, ... }: old; in f inputs`:                                                        true,
		`let f = { i }: i.a.old; in f { i.a = inputs; }`:                                                true,
		`let i = [ inputs ]; inherit (builtins.head i) old; in old`:                                     true,
		`let o = import ./o.nix inputs; in o.old`:                                                       true,
		`with { i = inputs; }; i.old`:                                                                   true,
		`let lib = inputs; cfg = lib; in cfg.old`:                                                       true,
		`let n = "old"; in (x: x.${n}) inputs`:                                                          true,
		`lib.getAttrFromPath (lib.splitString "." "old.y") inputs`:                                      true,
		`with (inputs.self.inputs); old`:                                                                true,
		`(config.flake.inputs).old`:                                                                     true,
		`let i = inputs; in { "x${i.old}" = 1; }`:                                                       true,
		`let i = inputs; in i.a or i.old`:                                                               true,
		`{ r = lib.mapAttrs (_: f: { flake = f; }) inputs; x = config.old.y; old.z = with lib; 1; }`:    false,
		`let cfg = config.old; a.b = cfg.old; in { r = g inputs; x = cfg.old; y = with lib; old; }`:     false,
		`{ r = g inputs; pkgs = with inputs.nixpkgs.lib; [ old ]; inherit (config) old; "old".x = 1; }`: false,
		`let pkgs = import inputs.nixpkgs { inherit lib; }; in { r = g inputs; x = pkgs.old; }`:         false,
		`{ r = g inputs; x = ''some old one''; y = "old ones"; z = { old = 1; }.old; }`:                 false,
		`{ inputs = removeAttrs inputs [ "self" ]; x = config.old; y = "old"; }`:                        false,
	} {
		source := "{ inputs, lib, config, ... }: " + body
		_, loose := HandedOn(source, parse.UsesInFile(source))
		_, err := RenameInFile(source, "old", "new", Handed{loose, []string{"old", "other"}})
		var refusal *Refusal
		if errors.As(err, &refusal) != refused {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// Breaks when what a file takes by another name of an argument, which may be the set of the inputs, is passed over; or when an argument that the
// module system gives is taken for the set.
func TestRenameInFileThatMayGetTheSet(t *testing.T) {
	for source, refused := range map[string]bool{
		`i: i.old`:                                  true,
		`{ i }: i.old`:                              true,
		`{ i }: i.a.old`:                            true,
		`{ i }: let inherit (i) old; in old`:        true,
		`{ i }: let j = i; in j ? old`:              true,
		`{ i }: with i; old`:                        true,
		`{ i }: builtins.getAttr "old" i`:           true,
		`{ a, ... }@i: let inherit (i) b; in b.old`: true,
		`{ old }: 1`:                                true,
		`{ config, pkgs, ... }: { x = config.old; home.packages = with pkgs; [ old ]; old.y = "old"; }`:       false,
		`{ config, lib, ... }: let cfg = config.old; in with lib; { x = cfg.old; y = inputs: inputs.b.old; }`: false,
		`{ config, i, ... }: { x = config.old; y = i.other; "${i}" = "old"; }`:                                false,
	} {
		var refusal *Refusal
		if _, err := RenameInFile(source, "old", "new", Handed{Loose: true, Inputs: []string{"old", "b"}}); errors.As(err, &refusal) != refused {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// Breaks when outputs takes an input from an attribute that holds the set under its own name, and that is passed over; or when the inputs of an
// input are taken for that.
func TestRenameOfAttributeInputs(t *testing.T) {
	for body, refused := range map[string]bool{
		`let s = { inherit inputs; }; in with s.inputs; { y = old; }`:               true,
		`let s = { inherit inputs; }; i = s.inputs; in i.old`:                       true,
		`let s = { inherit inputs; }; in s.inputs ? old`:                            true,
		`let s = { inherit inputs; }; in s.inputs/* c */.old`:                       true,
		`let s = { inherit inputs; }; in (s.inputs).old`:                            true,
		`{ s = { inherit inputs; }; i = inputs.pins.inputs ? x; y = config.old; }`:  false,
		`{ s = { inputs = inputs.self.inputs; }; i = s.inputs.x; y = config.old; }`: false,
	} {
		m := parse.Parse(parse.Flake, `{ inputs.old.url = "x"; outputs = inputs: `+body+`; }`)
		var refusal *Refusal
		if _, err := Rename(m, m.Inputs[0], "new", Elsewhere{Searched: true}); errors.As(err, &refusal) != refused {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// Breaks when the time of a rename in a file grows faster than the file: each mention is looked at beside each variable, or beside all that is
// before it. Such a file of 600 variables took minutes.
func TestRenameInLargeFile(t *testing.T) {
	file := func(n int) string {
		var b strings.Builder
		b.WriteString("{ inputs, ... }: let\n")
		for i := range n {
			at := strconv.Itoa(i)
			b.WriteString("  x" + at + " = inputs;\n  h" + at + " = import ./h" + at + ".nix inputs; inherit (inputs) a" + at + "; n" + at + " = { inherit inputs; };\n")
		}
		return b.String() + "in [ " + strings.Repeat("(f nixpkgs) ", n) + strings.Repeat("(let nixpkgs = 1; in nixpkgs) ", n) + "]"
	}
	start := time.Now()
	if _, err := RenameInFile(file(5000), "nixpkgs", "nixpkgs2", Handed{}); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

func pinsLead(path []string) bool { return slices.Equal(path, []string{"pins"}) }

// Breaks when a file that gets the inputs handed, or the body of outputs, does not go along with the new name of an input, or of an
// input's input; when it loses another thing of that name: real Nix then evaluates it to something else.
func TestRenameElsewhereKeepsValues(t *testing.T) {
	dir := realtools.TempDir(t)
	var questions []string
	files := 0
	write := func(source string) string {
		files++
		path := filepath.Join(dir, strconv.Itoa(files)+".nix")
		if err := os.WriteFile(path, []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
		return realtools.Literal(path)
	}
	ask := func(call, before, after, n, p string) {
		given := func(n, p string) string {
			inputs := `{ self = { inputs = all; outPath = "me"; }; ` + n + ` = "it"; pins = { inputs = { ` + p + ` = "pinned"; old = "the old one of pins"; }; under = "output"; }; }`
			return `let all = ` + inputs + `; in `
		}
		questions = append(questions, given("old", "under")+strings.ReplaceAll(call, "FILE", write(before)), given(n, p)+strings.ReplaceAll(call, "FILE", write(after)))
	}
	kept := func(t interface {
		Fatalf(string, ...any)
	}, source string, change Change, err error) string {
		if err != nil {
			t.Fatalf("refused: %v\n%s", err, source)
		}
		after, err := text.Apply(source, change.Edits)
		if err != nil {
			t.Fatalf("%v", err)
		}
		return after
	}
	names := strings.NewReplacer("N", "old", "M", "new", "P", "under", "Q", "over")
	below := Renaming{Old: "under", New: "over", Leads: pinsLead}
	rapid.Check(t, func(t *rapid.T) {
		list := "[ (" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(handedBodies), 1, 4).Draw(t, "bodies"), ")\n    (") + ") ]"
		file := names.Replace("{ inputs, ... }: " + list + "\n")
		handed := Handed{Inputs: []string{"old", "pins", "self"}}
		change, err := RenameInFile(file, "old", "new", handed)
		ask("import FILE { inputs = all; }", file, kept(t, file, change, err), "new", "under")
		change, err = RenameNestedInFile(file, below)
		ask("import FILE { inputs = all; }", file, kept(t, file, change, err), "old", "over")
		flake := names.Replace("{\n  inputs.pins.url = \"x\";\n  inputs.old.follows = \"pins/under\";\n  outputs = { self, pins, ... }@inputs: " + list + ";\n}\n")
		change, err = RenameBelow(parse.Parse(parse.Flake, flake), below)
		ask("(import FILE).outputs all", flake, kept(t, flake, change, err), "old", "over")
	})
	answers := realtools.NewNix(t).Eval(t, questions)
	for i := 0; i < len(answers); i += 2 {
		if answers[i].Err != nil {
			t.Fatalf("the test's own code does not evaluate: %v\n%s", answers[i].Err, questions[i])
		}
		if answers[i+1].Err != nil || string(answers[i].JSON) != string(answers[i+1].JSON) {
			t.Errorf("was %s, is %s (%v)\n%s", answers[i].JSON, answers[i+1].JSON, answers[i+1].Err, questions[i+1])
		}
	}
	t.Logf("%d renames", len(questions)/2)
}

// Breaks when some text makes going along with a rename panic, gives edits that cannot be applied or that break a text that was whole,
// or is not done after once.
func FuzzRenameElsewhere(f *testing.F) {
	for _, source := range []string{
		"{ inputs.a.url = \"x\"; inputs.a.inputs.b.follows = \"a/b\"; outputs = { a, ... }@inputs: [ a.inputs.b inputs.a.inputs.b ]; }",
		"{\n  inputs = rec {\n    a = { url = \"x\"; inputs = { \"b\".inputs.c.follows = \"/a//b/c\"; }; };\n  };\n  outputs = inputs: { inherit (inputs.a.inputs) b c; };\n}\n",
		"{ inputs, ... }: { inherit (inputs) a b; x = inputs.a or inputs.self.inputs.a; y = inputs.${\"a\"}; z = config.inputs.a; }",
		"args@{ a, ... }: args.a",
	} {
		f.Add(source, true)
		f.Add(source, false)
	}
	below := Renaming{Old: "b", New: "new", Leads: func(path []string) bool { return slices.Equal(path, []string{"a"}) }, Outputs: true}
	f.Fuzz(func(t *testing.T, source string, loose bool) {
		for name, do := range map[string]func(source string) (Change, error){
			"below": func(source string) (Change, error) { return RenameBelow(parse.Parse(parse.Flake, source), below) },
			"in file": func(source string) (Change, error) {
				return RenameInFile(source, "a", "new", Handed{loose, []string{"a", "b"}})
			},
			"nested file": func(source string) (Change, error) { return RenameNestedInFile(source, below) },
		} {
			change, err := do(source)
			var refusal *Refusal
			if errors.As(err, &refusal) {
				if refusal.Span.Start < 0 || refusal.Span.End > len(source) {
					t.Fatalf("%s: the refusal %+v has no place in the text", name, refusal)
				}
				continue
			}
			if err != nil {
				t.Fatal(name, err)
			}
			result, err := text.Apply(source, change.Edits)
			if err != nil {
				t.Fatal(name, err)
			}
			kind := parse.Other
			if name == "below" {
				kind = parse.Flake
			}
			if worse := newError(parse.Parse(kind, source), parse.Parse(kind, result)); worse != "" {
				t.Fatalf("%s: %s in\n%s", name, worse, result)
			}
			again, err := do(result)
			if err != nil && !errors.As(err, &refusal) || len(again.Edits) > 0 {
				t.Fatalf("%s, twice: %v %v\n%s", name, err, again.Edits, result)
			}
		}
	})
}
