package ide_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// hostileLocks are far larger, deeper and more entangled than any real lock.
func hostileLocks() map[string]string {
	lock := func(nodes func(node func(key, inputs string))) string {
		var b strings.Builder
		b.WriteString(`{"version":7,"root":"root","nodes":{`)
		first := true
		nodes(func(key, inputs string) {
			if !first {
				b.WriteByte(',')
			}
			first = false
			fmt.Fprintf(&b, `"%s":{"inputs":{%s}}`, key, inputs)
		})
		return b.String() + "}}"
	}
	list := func(n int, format string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
		}
		return strings.Join(parts, ",")
	}
	return map[string]string{
		"a million nodes": `{"version":7,"root":"root","nodes":{"root":{"inputs":{` + list(1_000_000, `"#":"#"`) + `}},` + list(1_000_000, `"#":{}`) + `}}`,
		"a chain of nodes": lock(func(node func(key, inputs string)) {
			node("root", `"a":"0"`)
			for i := range 60_000 {
				node(fmt.Sprint(i), fmt.Sprintf(`"a":"%d"`, i+1))
			}
			node("60000", "")
		}),
		"everything leads to everything": lock(func(node func(key, inputs string)) {
			node("root", list(400, `"#":"#"`))
			for i := range 400 {
				node(fmt.Sprint(i), list(400, `"#":"#"`))
			}
		}),
		"everybody follows one": lock(func(node func(key, inputs string)) {
			node("root", `"0":"0",`+list(100_000, `"f#":["0"]`))
			node("0", "")
		}),
		"a circle of follows": lock(func(node func(key, inputs string)) {
			inputs := make([]string, 50_000)
			for i := range inputs {
				inputs[i] = fmt.Sprintf(`"f%d":["f%d"]`, i, (i+1)%len(inputs))
			}
			node("root", `"0":"0",`+strings.Join(inputs, ","))
			node("0", "")
		}),
	}
}

// patience is far above what a question about a lock that has been read takes; only one that goes on for ever reaches it.
const patience = 20 * time.Second

// Breaks when a question about a hostile lock goes on for ever, or its answer is as large as the lock.
func TestHostileLocks(t *testing.T) {
	for name, source := range hostileLocks() {
		t.Run(name, func(t *testing.T) {
			key := strings.Index(source, `"0":{`) + 1
			path := filepath.Join(t.TempDir(), "flake.lock")
			w := workspace.New(workspace.Options{Roots: []string{filepath.Dir(path)}})
			w.Open(filepath.Join(filepath.Dir(path), "flake.nix"), 1, `{ inputs.a.url = "github:o/a"; outputs = _: { }; }`)
			snapshot := w.Open(path, 1, source)
			file, err := snapshot.File(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := file.Lock(); err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			edge := strings.Index(source, `:["`) + 3
			for _, offset := range []int{key, strings.Index(source, `"root":{`) + 1, max(edge, 0)} {
				h, _ := ide.HoverAt(snapshot, path, offset, ide.Markdown)
				if len(h.Documentation) > 10_000 {
					t.Errorf("the hover at %d has %d bytes", offset, len(h.Documentation))
				}
				_, targets := ide.Definition(snapshot, path, offset)
				if len(targets) > 10 {
					t.Errorf("%d leads to %d places", offset, len(targets))
				}
			}
			count := 0
			for _, symbol := range ide.Symbols(snapshot, path) {
				count += 1 + len(symbol.Children)
			}
			if count == 0 || count > 20_000 {
				t.Errorf("%d symbols", count)
			}
			if links := ide.Links(snapshot, path); len(links) > 20_000 {
				t.Errorf("%d links", len(links))
			}
			if taken := time.Since(begun); taken > patience {
				t.Errorf("it took %s", taken)
			}
		})
	}
}

// Breaks when what pins and leaves are to each other is asked of a hostile lock for ever: of a leaf whose pins is a node of such, and of
// a pins flake.
func TestHostilePins(t *testing.T) {
	locks := hostileLocks()
	delete(locks, "a million nodes") // to read it takes most of the time, and is tried above
	for name, source := range locks {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			settings := json.RawMessage(`{"pins":{"inputs":["0"]}}`)
			w := workspace.New(workspace.Options{Roots: []string{root}, Settings: settings})
			source = strings.Replace(source, `"root":{"inputs":{`, `"root":{"inputs":{"0":"0",`, 1)
			w.Open(filepath.Join(root, "0", "flake.lock"), 1, source)
			w.Open(filepath.Join(root, "0", "flake.nix"), 1, `{ inputs."0".url = "github:o/a"; inputs.a.url = "github:o/b"; outputs = _: { }; }`)
			w.Open(filepath.Join(root, "leaf", "flake.lock"), 1, source)
			leaf := `{ inputs."0".url = "path:../0"; inputs.f1.follows = "0/0"; outputs = _: { }; }`
			snapshot := w.Open(filepath.Join(root, "leaf", "flake.nix"), 1, leaf)
			for _, dir := range []string{"0", "leaf"} { // reading the lock is not what is measured
				if flake := snapshot.Flake(filepath.Join(root, dir)); flake == nil || flake.Lock == nil {
					t.Fatal("the lock cannot be read")
				}
			}
			begun := time.Now()
			for _, dir := range []string{"0", "leaf"} {
				path := filepath.Join(root, dir, "flake.nix")
				lenses, err := ide.Lenses(context.Background(), snapshot, path)
				if err != nil || len(lenses) > 100 {
					t.Errorf("%s has %d lenses: %v", dir, len(lenses), err)
				}
				ide.Links(snapshot, path)
				ide.Links(snapshot, filepath.Join(root, dir, "flake.lock"))
			}
			ide.HoverAt(snapshot, filepath.Join(root, "leaf", "flake.nix"), strings.Index(leaf, "0/0"), ide.Markdown)
			if taken := time.Since(begun); taken > 6*patience { // the rules that lenses count go over the whole lock
				t.Errorf("it took %s", taken)
			}
		})
	}
}
