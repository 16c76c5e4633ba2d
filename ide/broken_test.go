package ide_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

const brokenPins = `{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    crane.url = "github:ipetkov/crane";
    fenix = {
      url = "github:nix-community/fenix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };
  outputs = _: { };
}
`

// goodLeaf has a mark ‹LABEL|TEXT› at each place where LABEL must be offered before TEXT is written.
const goodLeaf = `{
  description = "A leaf, \"quoted\" and
    of two lines";
  ‹nixConfig|nixConfig.warn-dirty = false;›
  inputs = {
    pins.url = "git+ssh://git@github.com/acme/pins"; # where it is
    ‹crane|crane.follows = "pins/crane";›
    nixpkgs.follows = "‹pins/nixpkgs|pins/nixpkgs›";
    hm = {
      url = "github:nix-community/‹github:nix-community/fenix|home-manager›";
      ‹flake|flake = true;›
      inputs.nixpkgs.‹follows|follows = "nixpkgs";›
      inputs.fenix.follows = "pins/‹pins/fenix|fenix›";
    };
    /* not in use: old.url = "github:o/old"; */
    tool.‹url|url = "github:o/tool";›
    utils = { url = "github:numtide/flake-utils"; flake = ‹false|false›; };
  };

  inputs.‹fenix|fenix.follows = "pins/fenix";›
  inputs.self.‹submodules|submodules = true;›

  outputs =
    {
      self,
      ‹hm|hm,›
      ...
    }@inputs:
    let
      pkgs = import inputs.‹nixpkgs|nixpkgs› { system = "x86_64-linux"; };
    in
    {
      packages.x86_64-linux.default = pkgs.runCommand "x" { } ''
        echo ''${HOME} "${self}" > $out
      '';
      devShells = with pkgs; { default = mkShell { packages = [ hello ]; }; };
    };
}
`

type brokenPlace struct {
	label  string
	source string
	cursor int
}

// brokenPlaces are the places of the leaf: at each, what belongs there is not written yet, and all else is.
func brokenPlaces() []brokenPlace {
	parts := strings.Split(goodLeaf, "‹")
	var places []brokenPlace
	for i := 1; i < len(parts); i++ {
		var p brokenPlace
		var source strings.Builder
		source.WriteString(parts[0])
		for j := 1; j < len(parts); j++ {
			mark, rest, _ := strings.Cut(parts[j], "›")
			label, written, _ := strings.Cut(mark, "|")
			if i == j {
				p.label, p.cursor = label, source.Len()
			} else {
				source.WriteString(written)
			}
			source.WriteString(rest)
		}
		p.source = source.String()
		places = append(places, p)
	}
	return places
}

// breakage is one way to break a text around a cursor; it gives all texts that it makes, with their cursors.
type breakage struct {
	name string
	// least is the share of the expected completions that must be there.
	least float64
	apply func(p brokenPlace) []brokenPlace
}

// remove takes out a byte of a text.
func (p brokenPlace) remove(at int) brokenPlace {
	q := brokenPlace{p.label, p.source[:at] + p.source[at+1:], p.cursor}
	if at < p.cursor {
		q.cursor--
	}
	return q
}

// without takes out every byte of the set, one at a time, between two offsets.
func (p brokenPlace) without(set string, from, to int) []brokenPlace {
	var list []brokenPlace
	for at := from; at < to; at++ {
		if strings.IndexByte(set, p.source[at]) >= 0 {
			list = append(list, p.remove(at))
		}
	}
	return list
}

func (p brokenPlace) line() (start, end int) {
	line, start := lineOf(p.source, p.cursor)
	return start, start + len(line)
}

var breakages = []breakage{
	{"as it is", 1, func(p brokenPlace) []brokenPlace { return []brokenPlace{p} }},
	{"the text ends at the cursor", 1, func(p brokenPlace) []brokenPlace {
		return []brokenPlace{{p.label, p.source[:p.cursor], p.cursor}}
	}},
	{"the text ends behind the cursor, at every byte", 1, func(p brokenPlace) []brokenPlace {
		var list []brokenPlace
		for end := p.cursor + 1; end < len(p.source); end++ {
			list = append(list, brokenPlace{p.label, p.source[:end], p.cursor})
		}
		return list
	}},
	{"the line ends at the cursor", 1, func(p brokenPlace) []brokenPlace {
		_, end := p.line()
		return []brokenPlace{{p.label, p.source[:p.cursor] + p.source[end:], p.cursor}}
	}},
	{"each line behind the cursor's is missing", 1, func(p brokenPlace) []brokenPlace {
		var list []brokenPlace
		_, at := p.line()
		for at < len(p.source) {
			next := strings.IndexByte(p.source[at+1:], '\n')
			if next < 0 {
				break
			}
			list = append(list, brokenPlace{p.label, p.source[:at] + p.source[at+1+next:], p.cursor})
			at += 1 + next
		}
		return list
	}},
	{"a closing byte behind the cursor is missing", 1, func(p brokenPlace) []brokenPlace {
		return p.without(`";}])`, p.cursor, len(p.source))
	}},
	{"a semicolon before the cursor is missing", 1, func(p brokenPlace) []brokenPlace { return p.without(";", 0, p.cursor) }},
	{"a quote before the cursor's line is missing", 1, func(p brokenPlace) []brokenPlace {
		start, _ := p.line()
		return p.without(`"`, 0, start)
	}},
	{"a closing bracket before the cursor is missing", 1, func(p brokenPlace) []brokenPlace { return p.without("}])", 0, p.cursor) }},
	{"an opening bracket before the cursor's line is missing", 0.9, func(p brokenPlace) []brokenPlace {
		start, _ := p.line()
		return p.without("{[(", 0, start)
	}},
	{"the next line goes on with a path", 1, func(p brokenPlace) []brokenPlace {
		_, end := p.line()
		return []brokenPlace{{p.label, p.source[:end] + "\n    other.url = \"github:o/other\";" + p.source[end:], p.cursor}}
	}},
}

// Breaks when completion no longer works in text that is broken in one of these ways, as text is while somebody types.
func TestBrokenText(t *testing.T) {
	leaf := txtar.File{Name: "leaf/flake.nix", Data: []byte("$0")}
	s := lay(t, []txtar.File{{Name: "pins/flake.nix", Data: []byte(brokenPins)}, leaf})
	version := int32(1)
	for _, b := range breakages {
		hits, total := 0, 0
		missed := map[string]int{}
		for _, place := range brokenPlaces() {
			for _, p := range b.apply(place) {
				version++
				items := ide.Complete(s.Change(s.path, version, p.source), s.path, p.cursor).Items
				total++
				if slices.ContainsFunc(items, func(i ide.Item) bool { return i.Label == p.label }) {
					hits++
				} else {
					missed[p.label]++
					if testing.Verbose() && missed[p.label] == 1 {
						t.Logf("%s: missing %s in\n%s█%s", b.name, p.label, p.source[:p.cursor], p.source[p.cursor:])
					}
				}
				for _, i := range items {
					checkItem(t, p.source, p.cursor, i)
				}
			}
		}
		recall := float64(hits) / float64(total)
		message := fmt.Sprintf("%s: %d of %d, %.4f; missed %v", b.name, hits, total, recall, missed)
		if recall < b.least {
			t.Errorf("%s: at least %.4f is wanted", message, b.least)
		} else {
			t.Log(message)
		}
	}
}

// Breaks when a lens, a link, a hint, a command or a hover panics on a text that ends anywhere, or stands outside of it.
func TestShownInBrokenText(t *testing.T) {
	leaf := txtar.File{Name: "leaf/flake.nix", Data: []byte("$0")}
	s := lay(t, []txtar.File{{Name: "pins/flake.nix", Data: []byte(brokenPins)}, leaf})
	pins := filepath.Join(s.root, "pins", "flake.nix")
	s.Open(pins, 1, brokenPins)
	whole := strings.NewReplacer("‹", "", "›", "", "|", "").Replace(goodLeaf)
	shown := 0
	for path, source := range map[string]string{s.path: whole, pins: brokenPins} {
		for end := range len(source) {
			content := source[:end]
			snapshot := s.Change(path, int32(end+2), content)
			inside := func(what string, span text.Span) {
				shown++
				if span.Start < 0 || span.End < span.Start || span.End > end {
					t.Errorf("%s at %v in\n%s█", what, span, content)
				}
			}
			lenses, err := ide.Lenses(context.Background(), snapshot, path)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range lenses {
				inside("the lens "+l.Title, l.Span)
			}
			for _, l := range ide.Links(snapshot, path) {
				inside("the link "+l.URL, l.Span)
			}
			for _, h := range ide.Hints(snapshot, path, text.Span{End: end}) {
				inside("the hint "+h.Label, text.Span{Start: h.Offset, End: h.Offset})
			}
			if h, ok := ide.HoverAt(snapshot, path, max(0, end-3), ide.Markdown); ok {
				inside("a hover", h.Span)
			}
			ide.Commands(snapshot, path, text.Span{Start: end, End: end})
		}
	}
	if shown < 1000 {
		t.Errorf("only %d were shown", shown)
	}
}
