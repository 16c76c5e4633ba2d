package graph

import (
	"fmt"
	"path"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// lines are what is written in a node, the most telling first. Control characters of names are gone, all else is as it is.
func (n *Node) lines() []string {
	var lines []string
	name := n.Name
	if n.Dir != "" {
		name = path.Join(name, n.Dir)
	}
	version := n.Rev
	if version == "" {
		version = strings.TrimPrefix(n.Hash, "sha256-")
	}
	version = version[:min(len(version), 10)]
	switch n.Kind {
	case Set:
		lines = append(lines, "package set", strings.TrimSpace("pins "+version+" "+n.Date))
		if n.Ref != "" {
			lines = append(lines, "of "+n.Ref)
		}
		switch {
		case n.Behind == nil:
		case *n.Behind == 0:
			lines = append(lines, "the newest")
		default:
			lines = append(lines, fmt.Sprintf("%d behind", *n.Behind))
		}
	case Flakes, Sources:
		lines = append(lines, name)
		named := n.Members[:min(len(n.Members), maxNamed)]
		lines = append(lines, named...)
		if more := len(n.Members) - len(named); more > 0 {
			lines = append(lines, fmt.Sprintf("and %d more", more))
		}
	default:
		lines = append(lines, name)
		if of := strings.TrimSpace(n.Ref + " " + version); of != "" {
			lines = append(lines, of)
		}
		if n.Date != "" {
			lines = append(lines, n.Date)
		}
	}
	for i, line := range lines {
		lines[i] = text.Printable(line)
	}
	return lines
}

// label is what is written at an edge.
func (e *Edge) label() string {
	named := e.Inputs[:min(len(e.Inputs), maxNamed)]
	label := strings.Join(named, ", ")
	if more := len(e.Inputs) - len(named); more > 0 {
		label += fmt.Sprintf(" and %d more", more)
	}
	if e.Count > 1 {
		label = strings.TrimSpace(fmt.Sprintf("%s × %d", label, e.Count))
	}
	return text.Printable(label)
}
