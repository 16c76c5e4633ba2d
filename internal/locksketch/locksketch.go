// Package locksketch turns a readable sketch of a lock into the text of a flake.lock as Nix writes it, so that a test shows
// what is locked and not a page of JSON. Only tests import it.
//
// A sketch is the tree that `nix flake metadata` prints, by indentation:
//
//	nixpkgs github:NixOS/nixpkgs/nixos-26.05 rev=a1 2026-11-01
//	pins git+ssh://git@github.com/acme/pins rev=b1 2026-11-20
//	  nixpkgs github:NixOS/nixpkgs/nixos-26.05 rev=a2 2026-11-10
//	  crane github:ipetkov/crane rev=c1 2026-11-02
//	    nixpkgs -> pins/nixpkgs
//	assets github:acme/assets rev=d1 2026-11-02 flake=false
//
// A line is an input: its name, and either the reference that its flake.nix has, or `->` and the path from the root that it
// follows (`->` alone follows the root flake). What is locked is made of the reference and of the words after it:
//
//   - rev=a1 is the commit: up to 40 hexadecimal digits, which Rev fills up. Forges and Git need it.
//   - 2026-11-01 is the day of the commit, noon in UTC.
//   - flake=false as in flake.nix.
//   - count=12 is the number of ancestors of a Git commit.
//   - locked=github:NixOS/nixpkgs is what the reference was locked to, where that is another one: of an id always.
//   - key=NAME is the node's key, where that is not the one that Nix would make of the input's name and a number. An input with
//     this word alone stands for a node that has it elsewhere in the sketch.
//   - parent=pins is the path, from the root, of the flake that wrote a relative path, where that is not the one above it;
//     `parent=` is the root.
//
// Empty lines, and lines that begin with `#`, say nothing.
package locksketch

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Expand gives the text of the flake.lock that a sketch stands for: version 7, with two spaces of indentation, sorted keys
// and a newline at its end. The error names the line of the sketch and what was expected there.
func Expand(sketch string) (string, error) {
	root, err := read(sketch)
	if err != nil {
		return "", err
	}
	w := writer{nodes: map[string]any{}, keys: map[*node]string{}, taken: map[string]bool{}}
	w.reserve(root)
	rootKey := w.node("root", root)
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(map[string]any{"nodes": w.nodes, "root": rootKey, "version": 7}); err != nil {
		return "", err
	}
	return b.String(), nil
}

// Mark stands behind the name of a file of an archive that holds a sketch of it: `flake.lock (sketch)`.
const Mark = " (sketch)"

// File gives a file of an archive as it is to be written: one whose name ends in Mark without it and expanded, any other as
// it is.
func File(name string, content []byte) (string, []byte, error) {
	plain, marked := strings.CutSuffix(name, Mark)
	if !marked {
		return name, content, nil
	}
	text, err := Expand(string(content))
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", name, err)
	}
	return plain, []byte(text), nil
}

// Rev is the commit hash that a short one stands for: 40 hexadecimal digits that begin with it, always the same.
func Rev(short string) string {
	sum := sha256.Sum256([]byte(short))
	return (short + hex.EncodeToString(sum[:]))[:max(40, len(short))]
}

// writer lays nodes out as Nix does: depth first, the inputs of a node by name, a key with a number where it is taken.
type writer struct {
	nodes map[string]any
	keys  map[*node]string
	taken map[string]bool
}

// reserve takes the keys that the sketch gives, so that no other node gets them.
func (w *writer) reserve(n *node) {
	if n.key != "" {
		w.taken[n.key] = true
	}
	for _, in := range n.inputs {
		if in.follows == nil && in.node.above == n {
			w.reserve(in.node)
		}
	}
}

func (w *writer) node(label string, n *node) string {
	if key, done := w.keys[n]; done {
		return key
	}
	key := cmp.Or(n.key, label)
	for i := 2; n.key == "" && w.taken[key]; i++ {
		key = fmt.Sprintf("%s_%d", label, i)
	}
	w.taken[key] = true
	w.keys[n] = key
	value := map[string]any{}
	if len(n.inputs) > 0 {
		edges := map[string]any{}
		value["inputs"] = edges
		slices.SortFunc(n.inputs, func(a, b input) int { return strings.Compare(a.name, b.name) })
		for _, in := range n.inputs {
			if in.follows != nil {
				edges[in.name] = in.follows
			} else {
				edges[in.name] = w.node(in.name, in.node)
			}
		}
	}
	if n.above != nil {
		value["original"], value["locked"] = n.original, n.locked
		if n.plain {
			value["flake"] = false
		}
		if n.parent != nil {
			value["parent"] = n.parent
		}
	}
	w.nodes[key] = value
	return key
}
