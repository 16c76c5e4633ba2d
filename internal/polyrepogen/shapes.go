package polyrepogen

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

//go:embed shapes.tsv
var shapesTable string

// source is a flake, or a plain source, that inputs lead to.
type source struct {
	// name is what inputs that lead to it are usually called, url what they say.
	name, url string
	isFlake   bool
	// weight says how often it stands in real locks.
	weight int
	inputs []input
	// attrs are the reference, as a lock has it for its original.
	attrs ref.Attrs
}

// input is an input of a flake: it leads to a source, or follows.
type input struct {
	name      string
	to        *source
	follows   []string
	isFollow  bool
	overrides []input
}

// sources are the rows of the table, byURL finds them.
var sources, byURL = func() ([]*source, map[string]*source) {
	var list []*source
	known := map[string]*source{}
	var needs []string
	for line := range strings.Lines(shapesTable) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		s := newSource(columns[0], columns[1], columns[2] == "flake")
		if _, err := fmt.Sscan(columns[3], &s.weight); err != nil {
			panic(err)
		}
		list, needs = append(list, s), append(needs, columns[4])
		known[s.url] = s
	}
	for i, s := range list {
		for word := range strings.FieldsSeq(needs[i]) {
			if name, url, ok := strings.Cut(word, "="); ok && !strings.Contains(name, "~") {
				if known[url] == nil {
					panic(s.url + " has an input that the table lacks: " + url)
				}
				s.inputs = append(s.inputs, input{name: name, to: known[url]})
			} else if name, path, ok := strings.Cut(word, "~"); ok {
				s.inputs = append(s.inputs, follow(name, path))
			}
		}
	}
	return list, known
}()

func follow(name, path string) input {
	return input{name: name, follows: strings.Split(path, "/"), isFollow: true}
}

// newSource makes a source of a URL. The table and the generator write good ones only.
func newSource(name, url string, isFlake bool) *source {
	r, err := ref.ParseInputOf(url, isFlake)
	if err != nil {
		panic(err)
	}
	return &source{name: name, url: url, isFlake: isFlake, attrs: r.Attrs()}
}

// size is the number of nodes that a lock has for the source where nothing is overridden.
func (s *source) size() int {
	n := 1
	for _, in := range s.inputs {
		if !in.isFollow {
			n += in.to.size()
		}
	}
	return n
}
