package proof

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// renamePolyrepo is pins, a leaf that names an input of pins in every way, and a flake that names it through the leaf. BASE stands for
// the folder that all lie in. Nix reads up, tool, pins and web by git.
const renamePolyrepo = `
-- up/flake.nix --
{ outputs = _: { v = "up"; }; }
-- tool/flake.nix --
{ inputs.up.url = "git+file://BASE/up"; outputs = { up, ... }: { v = "tool of " + up.v; rev = up.rev; }; }
-- pins/flake.nix --
{
  inputs.up.url = "git+file://BASE/up";
  inputs = { tool = { url = "git+file://BASE/tool"; inputs."up".follows = "up"; }; again.follows = "up"; };
  outputs = { self, up, tool, again }@inputs: {
    ok = { inherit (inputs) up; a = up.v; b = [ inputs."up".rev again.rev tool.rev self.inputs.up.rev ]; c = inputs ? up; d = { inherit up; }.up.v; }.b ++ [ up.v ];
  };
}
-- web/flake.nix --
{
  inputs = {
    pins.url = "git+file://BASE/pins";
    up.follows = "pins/up";
    tool = { url = "git+file://BASE/tool"; inputs.up.follows = "/pins//up"; };
  };
  inputs.stale = { url = "git+file://BASE/pins"; inputs.tool.follows = "tool"; inputs.up.follows = "pins/tool/up"; };
  outputs = { self, pins, ... }@inputs: {
    ok = [ inputs.up.rev pins.inputs.up.v inputs.stale.inputs.up.rev (import ./lib.nix { inherit inputs; }) ]
      ++ (let inherit (pins.inputs) up; inherit (inputs) tool; in [ up.rev tool.rev ]);
  };
}
-- web/lib.nix --
{ inputs }: let up = "mine"; in [ up inputs.up.v inputs.pins.inputs.up.rev (inputs.missing or "none") ]
-- deep/flake.nix --
{
  inputs.web.url = "git+file://BASE/web";
  inputs.web.inputs.pins.inputs.up.url = "git+file://BASE/up";
  inputs.up.follows = "web/pins/up";
  inputs.own.follows = "web/up";
  outputs = { web, up, own, ... }: { ok = [ up.rev own.v web.inputs.pins.inputs.up.rev web.inputs.up.v ]; };
}
`

type renameLab struct {
	nix  *realtools.Nix
	base string
}

// consumers are the flakes of which the lock and the output are looked at.
var consumers = []string{"pins", "web", "deep"}

func (l renameLab) dir(name string) string { return filepath.Join(l.base, name) }

// lock commits and locks the flakes from pins on, each by the newest of those before it.
func (l renameLab) lock(t *testing.T) map[string]*lock.Graph {
	t.Helper()
	graphs := map[string]*lock.Graph{}
	for _, name := range consumers {
		realtools.GitCommit(t, l.dir(name), nil)
		if _, _, err := l.nix.Run(l.dir(name), "flake", "update"); err != nil {
			t.Fatalf("Nix refuses %s: %v", name, err)
		}
		realtools.GitCommit(t, l.dir(name), nil)
		content, err := os.ReadFile(filepath.Join(l.dir(name), "flake.lock"))
		if err != nil {
			t.Fatal(err)
		}
		graphs[name] = graphOf(t, content)
	}
	return graphs
}

// values are the outputs `ok`, and the inputs as Nix reads them out of the files.
func (l renameLab) values(t *testing.T) (outputs map[string]string, inputs map[string]json.RawMessage) {
	t.Helper()
	outputs, inputs = map[string]string{}, map[string]json.RawMessage{}
	for _, name := range consumers {
		out, _, err := l.nix.Run("", "eval", "git+file://"+l.dir(name)+"#ok", "--json")
		if err != nil {
			t.Fatalf("%s does not evaluate: %v", name, err)
		}
		outputs[name] = string(out)
		answer := l.nix.Inputs(t, []string{filepath.Join(l.dir(name), "flake.nix")})[0]
		if answer.Err != nil {
			t.Fatal(answer.Err)
		}
		inputs[name] = answer.JSON
	}
	return outputs, inputs
}

// rename gives the input that stands at a text of a flake another name, on the disk.
func (l renameLab) rename(t *testing.T, flake, at, name string) {
	t.Helper()
	s := index(t, l.base)
	path := filepath.Join(l.dir(flake), "flake.nix")
	file, err := s.File(path)
	if err != nil {
		t.Fatal(err)
	}
	edits, err := ide.Rename(context.Background(), s, path, strings.Index(file.Text, at), name)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		file, err := s.File(e.Path)
		if err != nil {
			t.Fatal(err)
		}
		after, err := text.Apply(file.Text, e.Edits)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(e.Path, []byte(after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// under gives what a lock holds by input path, with a name in it replaced where the path before it is one of those given: the revision,
// or of the flakes that the rename changes, and that are committed anew, the source.
func under(g *lock.Graph, old, name string, parents ...string) map[string]string {
	revs := map[string]string{}
	g.Walk(func(path []string, _ lock.Input) bool {
		shown := slices.Clone(path)
		for i := range path {
			if path[i] == old && slices.Contains(parents, strings.Join(path[:i], "/")) {
				shown[i] = name
			}
		}
		if n, err := g.Resolve(path); err == nil {
			holds := string(n.Locked().Source())
			if base := filepath.Base(holds); base != "pins" && base != "web" {
				holds = n.Rev()
			}
			revs[strings.Join(shown, "/")] = holds
		}
		return true
	})
	return revs
}

// Breaks when after a rename in pins, or in a leaf, real Nix locks an input to another revision, has inputs of other names than those
// meant, or evaluates an output to something else.
func TestRenameByRealNix(t *testing.T) {
	l := renameLab{realtools.NewNix(t), realtools.TempDir(t)}
	for _, f := range txtar.Parse([]byte(renamePolyrepo)).Files {
		realtools.WriteFiles(t, l.base, map[string]string{f.Name: strings.ReplaceAll(string(f.Data), "BASE", l.base)})
	}
	realtools.GitCommit(t, l.dir("up"), nil)
	realtools.GitCommit(t, l.dir("tool"), nil)
	if _, _, err := l.nix.Run(l.dir("tool"), "flake", "lock"); err != nil {
		t.Fatal(err)
	}
	realtools.GitCommit(t, l.dir("tool"), nil)
	graphs := l.lock(t)
	outputs, inputs := l.values(t)
	for _, step := range []struct {
		flake, at, old, name string
		// parents are, by flake, the paths whose input of the old name gets the new one.
		parents map[string][]string
		// replaced are, by flake, the parts of its inputs that change, as JSON.
		replaced map[string][]string
	}{
		{
			"pins", `up.url`, "up", "base",
			map[string][]string{"pins": {""}, "web": {"pins", "stale"}, "deep": {"web/pins", "web/stale"}},
			map[string][]string{
				"pins": {`"up":{"url"`, `"base":{"url"`, `"follows":"up"`, `"follows":"base"`},
				"web":  {`pins/up`, `pins/base`, `/pins//up`, `/pins//base`, `"up":{"follows":"pins/tool/up"}`, `"base":{"follows":"pins/tool/up"}`},
				"deep": {`"up":{"url"`, `"base":{"url"`, `web/pins/up`, `web/pins/base`},
			},
		},
		{
			"web", `up.follows`, "up", "lib",
			map[string][]string{"web": {""}, "deep": {"web"}},
			map[string][]string{
				"web":  {`"up":{"follows":"pins/base"},"x`, "", `"up":{"follows":"pins/base"}}`, `"lib":{"follows":"pins/base"}}`},
				"deep": {`web/up`, `web/lib`},
			},
		},
		{
			"deep", `web.inputs.pins.inputs.base`, "web", "site",
			map[string][]string{"deep": {""}},
			map[string][]string{"deep": {`"web":`, `"site":`, `web/`, `site/`}},
		},
	} {
		t.Run(step.flake+" "+step.name, func(t *testing.T) {
			l.rename(t, step.flake, step.at, step.name)
			after := l.lock(t)
			values, declared := l.values(t)
			for _, name := range consumers {
				if values[name] != outputs[name] {
					t.Errorf("%s was %s and is %s", name, outputs[name], values[name])
				}
				want, got := under(graphs[name], step.old, step.name, step.parents[name]...), under(after[name], "", "")
				if !maps.Equal(got, want) {
					t.Errorf("%s has locked\n%v\nwant\n%v", name, got, want)
				}
				if got, want := decoded(t, string(declared[name])), decoded(t, strings.NewReplacer(step.replaced[name]...).Replace(string(inputs[name]))); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: its inputs are\n%s\nwant\n%s", name, got, want)
				}
			}
			graphs, outputs, inputs = after, values, declared
		})
	}
}

// Breaks when a renamed input does not stay where flake.lock has it: Nix takes a name that the lock does not know for a new input. Or when
// the lock that is edited is not what Nix would write of it: then Nix writes it anew.
func TestRenamedInputStaysLocked(t *testing.T) {
	l := renameLab{realtools.NewNix(t), realtools.TempDir(t)}
	up, web := l.dir("up"), l.dir("web")
	was := realtools.GitCommit(t, up, map[string]string{"flake.nix": `{ outputs = _: { }; }`})
	realtools.WriteFiles(t, web, map[string]string{
		"flake.nix": `{
  inputs.up.url = "git+file://` + up + `";
  inputs.x.follows = "up";
  inputs.part.url = "path:./part";
  inputs.part.inputs.up.follows = "up";
  outputs = { up, part, ... }: { inherit up part; };
}`,
		"part/flake.nix":      `{ inputs.up.url = "git+file://` + up + `"; inputs.deep.url = "path:./deep"; outputs = _: { }; }`,
		"part/deep/flake.nix": `{ inputs.own.url = "git+file://` + up + `"; outputs = _: { }; }`,
	})
	if _, _, err := l.nix.FlakeLock(t, web, "path:"+web); err != nil {
		t.Fatal(err)
	}
	realtools.GitCommit(t, up, map[string]string{"new": ""}) // what Nix would lock now
	l.rename(t, "web", "up.url", "base")
	l.rename(t, "web", "part.url", "share")
	edited, err := os.ReadFile(filepath.Join(web, "flake.lock"))
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := l.nix.FlakeLock(t, web, "path:"+web)
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != string(edited) {
		t.Errorf("Nix makes\n%s\nof\n%s", again, edited)
	}
	graph := graphOf(t, again)
	for _, path := range [][]string{{"base"}, {"x"}, {"share", "up"}, {"share", "deep", "own"}} {
		if n, err := graph.Resolve(path); err != nil || n.Rev() != was {
			t.Errorf("%v is %s, want %s (%v)", path, n.Rev(), was, err)
		}
	}
	if _, known := graph.Root().Input("up"); known {
		t.Error("the old name is still there")
	}
}

func decoded(t *testing.T, content string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(content), &value); err != nil {
		t.Fatalf("%v\n%s", err, content)
	}
	return value
}
