package ide_test

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

// firstFault is the offset of the first syntax error of a text, beyond all offsets where there is none.
func firstFault(path, source string) int {
	for _, e := range parse.Parse(parse.KindOf(path), source).Errors {
		if e.Code == parse.Syntax {
			return e.Span.Start
		}
	}
	return math.MaxInt
}

// Breaks when choosing an item, anywhere in a good text or in one that ends early or lacks a byte, makes a fault that was not
// there: one before the edit, or one at all in a text that had none.
func TestChosenItemsDoNoHarm(t *testing.T) {
	leaf := txtar.File{Name: "leaf/flake.nix", Data: []byte("$0")}
	s := lay(t, []txtar.File{{Name: "pins/flake.nix", Data: []byte(brokenPins)}, leaf})
	places := brokenPlaces()
	version := int32(1)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(places).Draw(t, "place")
		if rapid.Bool().Draw(t, "elsewhere") {
			p.cursor = rapid.IntRange(0, len(p.source)).Draw(t, "cursor")
		}
		removed := -1
		switch rapid.IntRange(0, 3).Draw(t, "breakage") {
		case 1:
			p.source = p.source[:rapid.IntRange(p.cursor, len(p.source)).Draw(t, "end")]
		case 2:
			removed = rapid.IntRange(0, len(p.source)-1).Draw(t, "byte")
			p = p.remove(removed)
		case 3:
			p.source = strings.ReplaceAll(p.source[:p.cursor], "\n", "\r\n") + strings.ReplaceAll(p.source[p.cursor:], "\n", "\r\n")
			p.cursor = rapid.IntRange(0, len(p.source)).Draw(t, "cursor among carriage returns")
		}
		version++
		before := firstFault(s.path, p.source)
		for _, i := range ide.Complete(s.Change(s.path, version, p.source), s.path, p.cursor).Items {
			line, start := lineOf(p.source, p.cursor)
			if i.Edit.Span.Start < start || i.Edit.Span.End > start+len(line) || !i.Edit.Span.Touches(p.cursor) {
				t.Fatalf("%s: the edit %s leaves the line or the cursor %d", i.ID, i.Edit.Span, p.cursor)
			}
			after, err := text.Apply(p.source, append([]text.Edit{i.Edit}, i.Additional...))
			if err != nil {
				t.Fatalf("%s: %v", i.ID, err)
			}
			got := firstFault(s.path, after)
			// A bracket that is never closed is a fault of its own place: it shows once the faults behind it are mended.
			// So is a let without its in.
			unclosed := got < len(after) && (strings.IndexByte("{[(", after[got]) >= 0 || strings.HasPrefix(after[got:], "let\n")) && before != math.MaxInt
			// So is what lacks the byte that was taken out, such as a semicolon: it is told of the word before that.
			lacking := removed >= got && before != math.MaxInt && !strings.ContainsAny(after[got:min(removed, len(after))], " \n")
			if got < min(before, i.Edit.Span.Start) && !unclosed && !lacking || before == math.MaxInt && got != before {
				t.Fatalf("%s: a fault at %d (before: %d) in\n%s", i.ID, got, before, after)
			}
		}
	})
}

// Breaks when the arguments of outputs are written in another style than the rewrites write them in.
func TestFormalsAsRewritten(t *testing.T) {
	for _, outputs := range []string{
		"{ }: { }", "{}: { }", "{ self }: { }", "{ self, nixpkgs }: { }", "{ self, nixpkgs }@inputs: { }", "inputs@{ self }: { }",
		"{ self, ... }: { }", "inputs: { }", "{ self\n  , nixpkgs\n  }: { }", "{ self\n  , nixpkgs ? 1\n  }: { }",
		"\n    {\n      self,\n      nixpkgs,\n    }:\n    { }", "\n    {\n      self,\n      nixpkgs\n    }:\n    { }",
		"\n    {\n      self,\n      nixpkgs, # why\n    }:\n    { }", "\n    {\n      self,\n      nixpkgs # why\n    }:\n    { }",
		"{ self ? { a = 1; } }: { }", "{ self, crane }: { }", "{ /* none */ }: { }",
	} {
		source := "{\n  inputs.pins.url = \"github:acme/pins\";\n  inputs.$0\n  outputs = " + outputs + ";\n}\n"
		s := lay(t, []txtar.File{{Name: "pins/flake.nix", Data: []byte(brokenPins)}, {Name: "leaf/flake.nix", Data: []byte(source)}})
		// The line of the cursor is taken out: no rewrite works in broken text.
		line, start := lineOf(s.text, s.start)
		whole := s.text[:start] + strings.Repeat(" ", len(line)) + s.text[start+len(line):]
		m := parse.Parse(parse.Flake, whole)
		want := whole
		if m.OutputsFunction.Formals != nil && m.OutputsFunction.Formals.Closed() {
			change, err := rewrite.AddFormal(m, "crane")
			if err != nil {
				t.Fatal(err)
			}
			if want, err = text.Apply(whole, change.Edits); err != nil {
				t.Fatal(err)
			}
		}
		for _, i := range ide.Complete(s.Snapshot(), s.path, s.start).Items {
			if i.Label != "crane" {
				continue
			}
			got, err := text.Apply(whole, i.Additional)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("outputs = %s: completion writes\n%s\nthe rewrite\n%s", outputs, got, want)
			}
		}
	}
}

// FuzzComplete breaks when some text and place makes completion panic, or offer an edit that leaves the cursor's line.
func FuzzComplete(f *testing.F) {
	for _, a := range readArchives(f, "completion") {
		for _, c := range a.cases {
			for _, file := range c.files {
				if before, after, found := strings.Cut(string(file.Data), "$0"); found {
					f.Add(before+after, len(before), filepath.Base(file.Name))
				}
			}
		}
	}
	for _, p := range brokenPlaces() {
		f.Add(p.source[:p.cursor], p.cursor, "flake.nix")
	}
	files := []txtar.File{{Name: "pins/flake.nix", Data: []byte(brokenPins)}}
	for _, name := range []string{"flake.nix", "mana.nix", "entrypoint.nix"} {
		files = append(files, txtar.File{Name: "leaf/" + name, Data: []byte("$0")})
	}
	s := lay(f, files)
	f.Fuzz(func(t *testing.T, source string, cursor int, name string) {
		if name != "mana.nix" && name != "entrypoint.nix" {
			name = "flake.nix"
		}
		path := filepath.Join(s.root, "leaf", name)
		for _, i := range ide.Complete(s.Open(path, 1, source), path, cursor).Items {
			checkItem(t, source, cursor, i)
		}
	})
}

// manyInputs is a leaf of sixty inputs, which follow sixty of the seventy that pins has.
func manyInputs(b *testing.B, line string) scene {
	var pins, leaf strings.Builder
	for i := range 70 {
		fmt.Fprintf(&pins, "    input-%d = {\n      url = \"github:owner/repository-%d\";\n      inputs.nixpkgs.follows = \"nixpkgs\";\n    };\n", i, i)
		if i < 60 {
			fmt.Fprintf(&leaf, "    input-%d.follows = \"pins/input-%d\"; # why\n", i, i)
		}
	}
	return lay(b, []txtar.File{
		{Name: "pins/flake.nix", Data: []byte("{\n  inputs = {\n" + pins.String() + "  };\n  outputs = _: { };\n}\n")},
		{Name: "leaf/flake.nix", Data: []byte("{\n  inputs = {\n    pins.url = \"github:acme/pins\";\n" + leaf.String() + line + "\n  };\n  outputs = { self, ... }: { };\n}\n")},
	})
}

// BenchmarkComplete is one completion in a leaf of sixty inputs whose text the server has parsed already.
func BenchmarkComplete(b *testing.B) {
	for _, place := range []struct{ name, line string }{
		{"inputs", "    $0"}, {"follows", `    x.follows = "pins/$0";`}, {"url", `    x.url = "github:$0";`}, {"attributes", "    x.$0"},
	} {
		b.Run(place.name, func(b *testing.B) {
			s := manyInputs(b, place.line)
			snapshot := s.Snapshot()
			if len(ide.Complete(snapshot, s.path, s.start).Items) == 0 {
				b.Fatal("nothing is offered")
			}
			for b.Loop() {
				ide.Complete(snapshot, s.path, s.start)
			}
		})
	}
}
