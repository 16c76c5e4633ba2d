package house

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/nix-pins-lsp/nix-pins-lsp/"

// may is the table of docs/architecture.md: which packages of ours a package may import. A name stands for itself and for
// what lies below it.
var may = map[string][]string{
	"cmd":                 {"lsp", "ide", "report", "diagnostics", "rewrite", "workspace", "parse", "flake", "mana", "internal/config", "internal/run", "internal/atomicfile", "internal/gctune", "internal/workers", "internal/secret", "internal/text"},
	"lsp":                 {"ide", "report", "diagnostics", "workspace", "internal/config", "internal/run", "internal/atomicfile", "internal/secret", "internal/text"},
	"ide":                 {"diagnostics", "rewrite", "workspace", "parse", "flake", "mana", "internal/config", "internal/secret", "internal/workers", "internal/sortslice", "internal/text"},
	"report":              {"workspace", "flake", "mana", "internal/sortslice", "internal/text"},
	"diagnostics":         {"rewrite", "workspace", "parse", "flake", "mana", "internal/config", "internal/secret", "internal/workers", "internal/sortslice", "internal/text"},
	"workspace":           {"workspace", "parse", "flake", "mana", "internal/config", "internal/workers", "internal/sortslice", "internal/text"},
	"rewrite":             {"parse", "flake", "mana", "internal/sortslice", "internal/text"},
	"parse":               {"internal/sortslice", "internal/text"},
	"flake":               {"flake", "internal/sortslice", "internal/text"},
	"mana":                {"flake", "internal/sortslice", "internal/text"},
	"internal/config":     {"internal/secret", "internal/text"},
	"internal/text":       {"internal/sortslice"},
	"internal/atomicfile": {},
	"internal/gctune":     {},
	"internal/run":        {},
	"internal/secret":     {"flake"},
	"internal/sortslice":  {},
	"internal/workers":    {},
}

// testOnly are packages that serve tests and generation: they may import what they like, and no package that is shipped may
// import them.
var testOnly = []string{"internal/realtools", "internal/lsptest", "internal/manifestgen", "internal/polyrepogen", "internal/bench", "internal/proof", "internal/mutate", "internal/gen", "internal/house", "internal/deps", "internal/locksketch", "internal/featurearchive"}

// only says which packages of ours alone may import something from outside.
var only = map[string][]string{
	"os/exec":                         {"internal/run"},
	"net/http":                        {},
	"html/template":                   {}, // docs/decisions/0015-no-templates.md
	"text/template":                   {},
	"github.com/tliron/glsp":          {"lsp"},
	"github.com/sourcegraph/jsonrpc2": {"lsp"},
	"github.com/tree-sitter":          {"parse"},
	"github.com/alexaandru":           {"parse"},
	"C":                               {"parse"},
	"github.com/Masterminds/semver":   {"flake", "cmd"},
	"github.com/spf13/cobra":          {"cmd"},
	"github.com/pelletier/go-toml":    {"internal/config"},
	"github.com/go-json-experiment":   {"flake", "mana", "lsp", "internal/text"},
	"github.com/nix-community":        {"flake"},
	"github.com/go-git":               {"workspace"},
	"github.com/rogpeppe/go-internal": {"cmd"}, // diff
	"pgregory.net/rapid":              {},
	"golang.org/x/tools":              {},
	"github.com/google/go-cmp":        {},
	"go.uber.org/goleak":              {},
	"testing":                         {},
	"plugin":                          {},
}

type listed struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func list(t *testing.T, arguments ...string) []listed {
	t.Helper()
	// With a profile the packages that the program is made of are others, which go list gives names of their own.
	command := exec.Command("go", append([]string{"list", "-pgo=off", "-json=ImportPath,Imports,Standard"}, arguments...)...)
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// within says whether the path is the package or lies below it.
func within(path, name string) bool { return path == name || strings.HasPrefix(path, name+"/") }

func withinAny(path string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return within(path, name) })
}

// Breaks when a package of ours imports one that the table does not give it, or when a new package is in no row.
func TestImportTable(t *testing.T) {
	for _, p := range list(t, module+"...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		if withinAny(name, testOnly) {
			continue
		}
		row := ""
		for candidate := range may {
			if within(name, candidate) {
				row = candidate
			}
		}
		if row == "" {
			t.Errorf("%s is in no row of the table", name)
			continue
		}
		for _, imported := range p.Imports {
			if ours, ok := strings.CutPrefix(imported, module); ok && !withinAny(ours, append(may[row], name)) {
				t.Errorf("%s imports %s; the table gives it %v", name, ours, may[row])
			}
			for outside, importers := range only {
				if within(imported, outside) && !withinAny(name, importers) {
					t.Errorf("%s imports %s, which only %v may", name, imported, importers)
				}
			}
		}
	}
}

// Breaks when a library that we use brings in the network or the starting of processes: then "it never starts a process on
// its own" could not be seen from the import graph any more.
func TestShippedDependencies(t *testing.T) {
	for _, p := range list(t, "-deps", module+"cmd/nix-pins-lsp") {
		if p.Standard {
			continue
		}
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, forbidden := range []string{"net/http", "os/exec", "plugin"} {
			if slices.Contains(p.Imports, forbidden) && !withinAny(name, only[forbidden]) {
				t.Errorf("the binary holds %s, which imports %s", p.ImportPath, forbidden)
			}
		}
		if withinAny(name, testOnly) {
			t.Errorf("the binary holds %s, which is for tests", name)
		}
	}
}
