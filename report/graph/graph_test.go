package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/report/graph"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var update = flag.Bool("update", false, "rewrite the golden parts of the archives")

// lay writes the files of an archive into a new folder and indexes it.
func lay(t testing.TB, files []txtar.File) (s *workspace.Snapshot, root string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "work")
	for _, f := range files {
		name, data, err := locksketch.File(f.Name, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w := workspace.New(workspace.Options{
		Roots: []string{root}, Environment: workspace.Environment{Home: filepath.Join(root, "home")},
		Clock: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) },
	})
	if err := w.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return w.Snapshot(), root
}

// drawn is the graph of one flake, or of all.
func drawn(t testing.TB, s *workspace.Snapshot, root string) *graph.Graph {
	t.Helper()
	var dirs []string
	for path := range s.Judged() {
		if dir := filepath.Dir(path); strings.HasPrefix(filepath.Base(path), "flake.") && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	if len(dirs) != 1 {
		return graph.Polyrepo(s, root, dirs)
	}
	return graph.Locked(s, filepath.Base(dirs[0]), s.LockOf(dirs[0]))
}

// Breaks when a node or an edge is missing, is drawn as another thing, or has another text than its archive shows. Each archive is
// a workspace; its last two files are what comes out of it.
func TestGraphs(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < 3 {
		t.Fatalf("%d archives, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var files, rest []txtar.File
			for _, f := range archive.Files {
				if f.Name == "dot" || f.Name == "mermaid" {
					rest = append(rest, f)
				} else {
					files = append(files, f)
				}
			}
			s, root := lay(t, files)
			g := drawn(t, s, root).Folded()
			var dot, mermaid bytes.Buffer
			if err := g.Dot(&dot); err != nil {
				t.Fatal(err)
			}
			if err := g.Mermaid(&mermaid); err != nil {
				t.Fatal(err)
			}
			got := []txtar.File{{Name: "mermaid", Data: mermaid.Bytes()}, {Name: "dot", Data: dot.Bytes()}}
			if *update {
				archive.Files = append(files, got...)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(rest, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// read is what a strict reader finds in a drawing.
type read struct {
	Nodes map[string]string // labels by id
	Edges []string          // "from to label follows"
}

var (
	quotedDot = `"((?:[^"\\]|\\.)*)"`
	dotNode   = regexp.MustCompile(`^  (n\d+) \[label=` + quotedDot + `, shape=[a-z]+(?:, peripheries=2)?(?:, style=filled, fillcolor="#ffd9d9", color="#c00000")?\];$`)
	dotEdge   = regexp.MustCompile(`^  (n\d+) -> (n\d+) \[label=` + quotedDot + `(, style=dashed)?\];$`)
	// A text of Mermaid: what it may make something of stands there as a number.
	mermaidText = `"((?:[\p{L}\p{Nd} .,/+-]|#\d+;|<br/>)*)"`
	mermaidNode = regexp.MustCompile(`^  (n\d+)(?:\[|\[\[|\{\{|\[/|\(|\(\[)` + mermaidText + `(?:\]|\]\]|\}\}|/\]|\)|\]\))(?:::: ?|:::repeated)?$`)
	mermaidEdge = regexp.MustCompile(`^  (n\d+) (-->|-\.->)(?:\|` + mermaidText + `\|)? (n\d+)$`)
)

func fromDot(t interface{ Fatalf(string, ...any) }, source string) read {
	r := read{Nodes: map[string]string{}}
	text := func(s string) string {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			if s[i] != '\\' {
				b.WriteByte(s[i])
				continue
			}
			i++
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case '\\', '"':
				b.WriteByte(s[i])
			default:
				t.Fatalf("an escape \\%c in %s", s[i], s)
			}
		}
		if strings.Contains(strings.ReplaceAll(b.String(), "&amp;", ""), "&") {
			t.Fatalf("a bare & in %s", s)
		}
		return strings.ReplaceAll(b.String(), "&amp;", "&")
	}
	lines := strings.Split(source, "\n")
	for _, line := range lines[4 : len(lines)-2] {
		if m := dotNode.FindStringSubmatch(line); m != nil {
			r.Nodes[m[1]] = text(m[2])
		} else if m := dotEdge.FindStringSubmatch(line); m != nil {
			r.Edges = append(r.Edges, fmt.Sprint(m[1], m[2], text(m[3]), m[4] != ""))
		} else {
			t.Fatalf("not to be read: %q", line)
		}
	}
	return r
}

func fromMermaid(t interface{ Fatalf(string, ...any) }, source string) read {
	r := read{Nodes: map[string]string{}}
	number := regexp.MustCompile(`#\d+;`)
	text := func(s string) string {
		return number.ReplaceAllStringFunc(strings.ReplaceAll(s, "<br/>", "\n"), func(n string) string {
			r, err := strconv.Atoi(n[1 : len(n)-1])
			if err != nil {
				t.Fatalf("%v", err)
			}
			return string(rune(r))
		})
	}
	for _, line := range strings.Split(strings.TrimSuffix(source, "\n"), "\n")[1:] {
		if m := mermaidNode.FindStringSubmatch(line); m != nil {
			r.Nodes[m[1]] = text(m[2])
		} else if m := mermaidEdge.FindStringSubmatch(line); m != nil {
			r.Edges = append(r.Edges, fmt.Sprint(m[1], m[4], text(m[3]), m[2] == "-.->"))
		} else if !strings.HasPrefix(line, "  classDef repeated ") {
			t.Fatalf("not to be read: %q", line)
		}
	}
	return r
}

// hostileName is a name that means something to one of the languages, or anything at all.
func hostileName() *rapid.Generator[string] {
	pieces := []string{`"`, `\`, "\n", "\r", "\x00", "\x1b[31m", "]", `"]`, "-->", "%%", "`", "#35;", "&lt;", "<b>", "end", "style a:b#c;", "classDef x:y#z;", `\N`, `\"`, "|", "{{", "\u2028", "é→😀", ";", "click n0 call x()", "n", "  "}
	return rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 6).Draw(t, "pieces"), "")
	}))
}

// Breaks when a name in a lock can end its label, become a node, an edge or an attribute, or is shown as another one.
func TestHostileNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := hostileName()
		g := &graph.Graph{Version: 1, Of: "lock", Nodes: []graph.Node{}, Edges: []graph.Edge{}}
		want := read{Nodes: map[string]string{}}
		kinds := []graph.Kind{graph.Flake, graph.Pins, graph.Source}
		count := rapid.IntRange(1, 4).Draw(t, "nodes")
		for i := range count {
			n := graph.Node{ID: fmt.Sprintf("n%d", i), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Name: name.Draw(t, "name"), Repeated: rapid.Bool().Draw(t, "repeated")}
			g.Nodes = append(g.Nodes, n)
			want.Nodes[n.ID] = text.Printable(n.Name)
		}
		for range rapid.IntRange(0, 4).Draw(t, "edges") {
			from, to := g.Nodes[rapid.IntRange(0, count-1).Draw(t, "from")].ID, g.Nodes[rapid.IntRange(0, count-1).Draw(t, "to")].ID
			e := graph.Edge{From: from, To: to, Inputs: []string{name.Draw(t, "input")}, Follows: rapid.Bool().Draw(t, "follows")}
			g.Edges = append(g.Edges, e)
			want.Edges = append(want.Edges, fmt.Sprint(from, to, text.Printable(e.Inputs[0]), e.Follows))
		}
		var dot, mermaid bytes.Buffer
		if err := g.Dot(&dot); err != nil {
			t.Fatalf("%v", err)
		}
		if err := g.Mermaid(&mermaid); err != nil {
			t.Fatalf("%v", err)
		}
		if diff := cmp.Diff(want, fromDot(t, dot.String())); diff != "" {
			t.Fatalf("dot: %s", diff)
		}
		if diff := cmp.Diff(want, fromMermaid(t, mermaid.String())); diff != "" {
			t.Fatalf("mermaid: %s", diff)
		}
		if _, err := json.Marshal(g); err != nil {
			t.Fatalf("%v", err)
		}
	})
}

// Breaks when a polyrepo of thousands of leaves is drawn leaf by leaf, or the folding loses one.
func TestFolding(t *testing.T) {
	const leaves = 100
	sketch := "pins github:acme/pins rev=b%d 2026-11-20\n  nixpkgs github:NixOS/nixpkgs/nixos-26.05 rev=a%d 2026-11-10\n"
	files := []txtar.File{{Name: "pins/flake.nix", Data: []byte(`{ inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05"; outputs = _: { }; }`)}}
	for i := range leaves {
		name := fmt.Sprintf("leaf%02d", i)
		lock := fmt.Sprintf(sketch, i%2, i%2)
		if i%2 == 0 {
			lock += fmt.Sprintf("own%d github:acme/own%d rev=c%d 2026-11-01\n", i, i, i%10)
		}
		files = append(files, txtar.File{Name: name + "/flake.nix", Data: []byte(`{ inputs.pins.url = "github:acme/pins"; outputs = _: { }; }`)},
			txtar.File{Name: name + "/flake.lock (sketch)", Data: []byte(lock)})
	}
	s, root := lay(t, files)
	whole := drawn(t, s, root)
	if len(whole.Nodes) != leaves+leaves/2+3 {
		t.Errorf("%d nodes", len(whole.Nodes))
	}
	folded := whole.Folded()
	members := 0
	for _, n := range folded.Nodes {
		members += max(1, n.Count)
		if n.Count != len(n.Members) {
			t.Errorf("%s has %d members", n.Name, len(n.Members))
		}
	}
	if members != len(whole.Nodes) {
		t.Errorf("%d of %d nodes are left", members, len(whole.Nodes))
	}
	if len(folded.Nodes) > 10 {
		t.Errorf("%d nodes are no picture", len(folded.Nodes))
	}
	ids := map[string]bool{}
	for _, n := range folded.Nodes {
		ids[n.ID] = true
	}
	for _, e := range folded.Edges {
		if !ids[e.From] || !ids[e.To] {
			t.Errorf("an edge from %s to %s leads nowhere", e.From, e.To)
		}
	}
}
