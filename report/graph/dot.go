package graph

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// dotStyles are the attributes of the nodes of each kind.
var dotStyles = map[Kind]string{
	Flake:   `shape=box`,
	Flakes:  `shape=box, peripheries=2`,
	Pins:    `shape=house`,
	Set:     `shape=folder`,
	Source:  `shape=ellipse`,
	Sources: `shape=ellipse, peripheries=2`,
}

// Dot prints the graph in the language of Graphviz. Names stand in labels only.
func (g *Graph) Dot(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "digraph flakes {\n  rankdir=LR;\n  node [fontname=\"sans-serif\", fontsize=11];\n  edge [fontname=\"sans-serif\", fontsize=9];\n")
	for _, n := range g.Nodes {
		lines := n.lines()
		for i, line := range lines {
			lines[i] = dotText(line)
		}
		more := ""
		if n.Repeated {
			more = `, style=filled, fillcolor="#ffd9d9", color="#c00000"`
		}
		fmt.Fprintf(out, "  %s [label=\"%s\", %s%s];\n", n.ID, strings.Join(lines, `\n`), dotStyles[n.Kind], more)
	}
	for _, e := range g.Edges {
		more := ""
		if e.Follows {
			more = ", style=dashed"
		}
		fmt.Fprintf(out, "  %s -> %s [label=\"%s\"%s];\n", e.From, e.To, dotText(e.label()), more)
	}
	fmt.Fprint(out, "}\n")
	return out.Flush()
}

// dotText is a text as the content of a quoted string of a label: a backslash begins an escape there, and an ampersand the name of
// a character.
func dotText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`).Replace(strings.ToValidUTF8(s, "\ufffd"))
}
