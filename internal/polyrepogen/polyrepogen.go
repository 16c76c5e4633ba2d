// Package polyrepogen writes polyrepos for benchmarks and tests: a pins flake, thousands of leaves that follow it, their
// locks as Nix would have written them, .git folders, .gitignore files and templates, in folders of teams and monorepos. Equal
// options give equal files. Only tests import it.
//
// The flakes that inputs lead to, and what these need in their turn, are those of real locks (shapes.tsv); the leaves are
// drawn so that their sizes are those of real ones (Shape tells them).
package polyrepogen

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Options choose a polyrepo.
type Options struct {
	Seed uint64
	// Leaves is the number of flakes beside pins; templates come on top of it.
	Leaves int
}

// Polyrepo is what was written.
type Polyrepo struct {
	// Root is the folder that holds all of it, Pins the folder of the pins flake.
	Root, Pins string
	// Manifests and Locks are the paths of the files that count, Settings those of .nix-pins.toml, Others those of what is read
	// beside them: .gitignore and .git/config.
	Manifests, Locks, Settings, Others []string
	Shape                              Shape
}

// Write writes a polyrepo into a folder, which must be there.
func Write(root string, o Options) (*Polyrepo, error) {
	g := &generator{
		Polyrepo: &Polyrepo{Root: root, Pins: filepath.Join(root, "pins")},
		random:   rand.New(rand.NewPCG(o.Seed, 1)), seen: map[string]string{},
	}
	g.write(".nix-pins.toml", &g.Settings, "[pins]\nreference = \"github:acme/pins\"\n")
	g.pins()
	for i := range o.Leaves {
		g.leaf(i)
	}
	return g.Polyrepo, g.err
}

// generator writes files until one cannot be written.
type generator struct {
	*Polyrepo
	random *rand.Rand
	// libraries are leaves that other leaves have as an input.
	libraries []library
	// seen maps the text of a file to its path: no two may be equal.
	seen map[string]string
	err  error
}

// library is a leaf as an input, with the state of pins that it has.
type library struct {
	*source
	set int
}

// write writes a file, by its path from the root, and notes its path in a list.
func (g *generator) write(name string, list *[]string, text string) {
	if g.err != nil {
		return
	}
	path := filepath.Join(g.Root, filepath.FromSlash(name))
	if other, ok := g.seen[text]; ok {
		g.err = fmt.Errorf("%s and %s hold the same text", other, path)
		return
	}
	g.seen[text] = path
	if g.err = os.MkdirAll(filepath.Dir(path), 0o755); g.err != nil {
		return
	}
	if g.err = os.WriteFile(path, []byte(text), 0o644); g.err == nil && list != nil {
		*list = append(*list, path)
	}
	g.Shape.file(text, list == &g.Manifests, list == &g.Locks)
}

// chance is true in so many of a hundred cases.
func (g *generator) chance(percent int) bool { return g.random.IntN(100) < percent }
