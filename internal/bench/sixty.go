package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
)

// sixtyInputs are the inputs of the flake that the editor has open, sixtyNodes the nodes of its lock.
const (
	sixtyInputs = 60
	sixtyNodes  = 150
)

// sixty is a leaf with many inputs, which the editor has open, beside the pins flake that it has. The first findings inputs have
// a URL that pins has too; the others follow.
type sixty struct {
	root, leaf string // the folder that holds both, the path of the leaf's flake.nix
	text       string
}

// writeSixty writes it into a folder.
func writeSixty(root string, findings int) (*sixty, error) {
	s := &sixty{root: root, leaf: filepath.Join(root, "sixty", "leaf", "flake.nix")}
	var pins, leaf, pinsLock, leafLock strings.Builder
	nodes := 2 // the root and pins
	for i := range sixtyInputs {
		url := fmt.Sprintf("github:owner-%d/repository", i)
		fmt.Fprintf(&pins, "    input-%d.url = \"%s\";\n", i, url)
		fmt.Fprintf(&pinsLock, "  input-%d %s rev=%x 2026-11-%02d\n", i, url, 0xa00+i, i%25+1)
		nodes++
		if i < findings {
			fmt.Fprintf(&leaf, "    input-%d.url = \"%s\";\n", i, url)
			fmt.Fprintf(&leafLock, "input-%d %s rev=%x 2026-11-%02d\n", i, url, 0xa00+i, i%25+1)
			nodes++
		} else {
			fmt.Fprintf(&leaf, "    input-%d.follows = \"pins/input-%d\";\n", i, i)
			fmt.Fprintf(&leafLock, "input-%d -> pins/input-%d\n", i, i)
		}
	}
	// What is left hangs below the last input of pins.
	for i := range sixtyNodes - nodes {
		fmt.Fprintf(&pinsLock, "    below-%d github:below-%d/repository rev=%x 2026-10-%02d\n", i, i, 0xb00+i, i%25+1)
	}
	lock, err := locksketch.Expand("pins github:acme/sixty-pins rev=c1 2026-11-25\n" + pinsLock.String() + leafLock.String())
	if err != nil {
		return nil, err
	}
	s.text = "{\n  inputs = {\n    pins.url = \"github:acme/sixty-pins\";\n" + leaf.String() + "  };\n  outputs = inputs: { };\n}\n"
	for name, content := range map[string]string{
		"pins/flake.nix":   "{\n  inputs = {\n" + pins.String() + "  };\n  outputs = _: { };\n}\n",
		"pins/.git/config": "[remote \"origin\"]\n\turl = git@github.com:acme/sixty-pins.git\n",
		"leaf/flake.nix":   s.text,
		"leaf/flake.lock":  lock,
	} {
		path := filepath.Join(root, "sixty", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return nil, err
		}
	}
	return s, nil
}
