package ide_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when a folder is offered as a flake that Nix does not take where the item is chosen, or when one is left out that Nix does take.
func TestLocalPathsInNix(t *testing.T) {
	nix := realtools.NewNix(t)
	top := t.TempDir()
	const source = "{ outputs = _: { }; }\n"
	files := map[string]string{
		".gitignore": "ignored\n", "web/flake.nix": source, "tools/flake.nix": source, "web/sub/flake.nix": source,
		"web/ignored/flake.nix": source, "web/.hidden/flake.nix": source, "web/links/real.nix": source,
	}
	odd := []string{"a b", "ü%41", "q?x", "h#x", "d$x", "${h}", `qu"ote`, `back\slash`, "co:lon", "am&p=e+r;,", "(par)'s!*~", "@at", "two''quotes", "end'", ", ${x}", "$${x}", "cash$", `\n`}
	for _, name := range odd {
		files["web/odd/"+name+"/flake.nix"] = source
	}
	realtools.GitCommit(t, filepath.Join(top, "other repo"), map[string]string{"flake.nix": source})
	realtools.GitCommit(t, filepath.Join(top, "repo"), files)
	realtools.GitCommit(t, filepath.Join(top, "repo", "web", "clone"), map[string]string{"flake.nix": source})
	web := filepath.Join(top, "repo", "web")
	for link, target := range map[string]string{"link": "sub", "links/flake.nix": "real.nix"} {
		if err := os.Symlink(target, filepath.Join(web, link)); err != nil {
			t.Fatal(err)
		}
	}
	realtools.GitCommit(t, filepath.Join(top, "repo"), map[string]string{"web/README": ""})

	w := workspace.New(workspace.Options{Roots: []string{top}})
	if err := w.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(web, "flake.nix")
	const begin, end = "{\n  inputs = {\n    x.url = ", ";\n  };\n  outputs = _: { };\n}\n"
	before, after := begin+`"`, `"`+end
	lock := func(manifest string) error {
		if err := os.WriteFile(path, []byte(manifest), 0o644); err != nil {
			t.Fatal(err)
		}
		_, _, err := nix.FlakeLock(t, web)
		if err := os.Remove(filepath.Join(web, "flake.lock")); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return err
	}
	version := int32(0)
	for _, typed := range []string{"./", "./odd/", "./.", "../", "path:", "path:./odd/", "path:odd/", "path:../", "path:" + web + "/odd/", web + "/", "git+file://" + top + "/", "git+file:" + top + "/o", "''./odd/", "''path:odd/"} {
		before, after := before, after
		if indented, ok := strings.CutPrefix(typed, "''"); ok {
			before, typed, after = begin+"''", indented, "''"+end
		}
		version++
		snapshot := w.Open(path, version, before+typed+after)
		offered := 0
		for _, i := range ide.Complete(snapshot, path, len(before+typed)).Items {
			if i.Detail != "flake" {
				continue
			}
			chosen, err := text.Apply(before+typed+after, []text.Edit{i.Edit})
			if err != nil {
				t.Fatal(err)
			}
			if err := lock(chosen); err != nil {
				t.Errorf("%s is offered: %v", i.Label, err)
			}
			offered++
		}
		want := 1
		if strings.HasSuffix(typed, "odd/") {
			want = len(odd)
		} else if typed == "./" || typed == "path:" {
			want = 2 // what is a link is read where it leads
		} else if typed == web+"/" {
			want = 4 // Git has no say in it
		}
		if offered != want {
			t.Errorf("%s: %d flakes are offered, want %d", typed, offered, want)
		}
	}
	for _, left := range []string{"./link", "./ignored", "./clone", "../../other%20repo", "path:" + web + "/link", "git+file://" + web} {
		if err := lock(before + left + after); err == nil {
			t.Errorf("Nix takes %s, which is not offered", left)
		} else if strings.Contains(err.Error(), "syntax error") {
			t.Error(err)
		}
	}
}

// Breaks when a path is offered for the entrypoint of a mana project that Nix reads as another one, or not at all, or a file is not offered
// whose path Nix can be told.
func TestEntrypointsInNix(t *testing.T) {
	nix := realtools.NewNix(t)
	dir := realtools.TempDir(t)
	names := []string{"plain", "a b", "d$x", "${h}", `qu"ote`, "plus+minus-_1.2", "ü", "it's", "at@", "tilde~", "per%41", "9", "-", "+"}
	files := map[string]string{"entrypoint.nix": "", "nix/x.nix": ""}
	for _, name := range names {
		files["odd/"+name+".nix"] = ""
	}
	realtools.WriteFiles(t, dir, files)
	w := workspace.New(workspace.Options{Roots: []string{dir}})
	path := filepath.Join(dir, "mana.nix")
	version := int32(0)
	const before, after = "{\n  entrypoint = ", "\n}\n"
	for typed, want := range map[string]int{"": 1, ".": 1, "./": 1, "./en": 1, "entry": 1, "./nix/": 1, "./odd/": -1} {
		version++
		offered := map[string]bool{}
		for _, i := range ide.Complete(w.Open(path, version, before+typed+after), path, len(before+typed)).Items {
			if i.Kind != ide.FileItem {
				continue
			}
			chosen, err := text.Apply(before+typed+after, []text.Edit{i.Edit})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(chosen), 0o644); err != nil {
				t.Fatal(err)
			}
			meant := filepath.Join(dir, i.Label)
			if answer := nix.Eval(t, []string{"(import " + realtools.Literal(path) + ").entrypoint"})[0]; answer.Err != nil || string(answer.JSON) != fmt.Sprintf("%q", meant) {
				t.Errorf("%s is offered: %s, %v", i.Label, answer.JSON, answer.Err)
			}
			offered[filepath.Base(meant)] = true
		}
		if want >= 0 {
			if len(offered) != want {
				t.Errorf("%q: %v", typed, offered)
			}
			continue
		}
		for _, name := range names {
			written := "{ entrypoint = ./odd/" + name + ".nix; }"
			answer := nix.Eval(t, []string{"(" + written + ").entrypoint"})[0]
			possible := answer.Err == nil && strings.HasSuffix(string(answer.JSON), "/odd/"+name+`.nix"`)
			if offered[name+".nix"] != possible {
				t.Errorf("%s: offered %t, Nix reads it: %t", written, offered[name+".nix"], possible)
			}
		}
	}
}

// Breaks when a folder of very many hides those that are meant, or when a client is not told to ask again.
func TestManyLocalPaths(t *testing.T) {
	top := t.TempDir()
	for i := range 600 {
		if err := os.Mkdir(filepath.Join(top, fmt.Sprintf("x%03d", i)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	w := workspace.New(workspace.Options{Roots: []string{top}})
	path := filepath.Join(top, "flake.nix")
	for typed, want := range map[string]ide.Completions{"./": {Items: make([]ide.Item, 500), Incomplete: true}, "./x59": {Items: make([]ide.Item, 10)}} {
		source := `{ inputs.x.url = "` + typed
		got := ide.Complete(w.Open(path, 1, source), path, len(source))
		if len(got.Items) != len(want.Items) || got.Incomplete != want.Incomplete {
			t.Errorf("%s: %d items, incomplete %t", typed, len(got.Items), got.Incomplete)
		}
	}
}
