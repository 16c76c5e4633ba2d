package graph

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// mermaidShapes are what stands around the text of the nodes of each kind.
var mermaidShapes = map[Kind][2]string{
	Flake:   {`["`, `"]`},
	Flakes:  {`[["`, `"]]`},
	Pins:    {`{{"`, `"}}`},
	Set:     {`[/"`, `"/]`},
	Source:  {`("`, `")`},
	Sources: {`(["`, `"])`},
}

// Mermaid prints the graph as a flowchart of Mermaid, as it stands in the Markdown of forges. Names stand in quoted texts only.
func (g *Graph) Mermaid(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "flowchart LR\n")
	repeated := false
	for _, n := range g.Nodes {
		lines := n.lines()
		for i, line := range lines {
			lines[i] = mermaidText(line)
		}
		class := ""
		if n.Repeated {
			class, repeated = ":::repeated", true
		}
		shape := mermaidShapes[n.Kind]
		fmt.Fprintf(out, "  %s%s%s%s%s\n", n.ID, shape[0], strings.Join(lines, "<br/>"), shape[1], class)
	}
	for _, e := range g.Edges {
		arrow, label := "-->", e.label()
		if e.Follows {
			arrow = "-.->"
		}
		if label != "" {
			arrow += `|"` + mermaidText(label) + `"|`
		}
		fmt.Fprintf(out, "  %s %s %s\n", e.From, arrow, e.To)
	}
	if repeated {
		fmt.Fprint(out, "  classDef repeated fill:#ffd9d9,stroke:#c00000,color:#000000\n")
	}
	return out.Flush()
}

// mermaidText is a text as the content of a quoted one. Mermaid has no escapes but the numbers of characters, and looks for
// Markdown, HTML, comments and its own words within quotes too: all that is no letter, digit or plain mark becomes a number.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .,/+-", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
