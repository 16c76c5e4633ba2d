package diagnostics_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// evaluated is one text of a flake.nix, before or after a fix, that Nix is to evaluate.
type evaluated struct {
	// name says of what archive, case and fix it is.
	name, text string
	// golden is what the archive says that its inputs are, "" for a text before a fix.
	golden string
	path   string
}

// allFixes are the flake.nix before and after every fix of every archive.
func allFixes(t *testing.T) []evaluated {
	t.Helper()
	var list []evaluated
	for _, rule := range diagnostics.Rules() {
		_, cases, err := readArchive(archiveOf(rule))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			got := run(t, rule.Code, c)
			var golden []string
			for _, name := range got.names {
				for line := range strings.Lines(c.golden[name]) {
					if rest, ok := strings.CutPrefix(line, "inputs of "); ok {
						_, inputs, _ := strings.Cut(rest, ": ")
						golden = append(golden, inputs)
					}
				}
			}
			if len(golden) != len(got.changed) {
				t.Fatalf("%s, %s: %d lines `inputs of`, want %d", rule.Code, c.title, len(golden), len(got.changed))
			}
			for i, changed := range got.changed {
				name := rule.Code + ", " + c.title + ", " + changed.fix
				list = append(list, evaluated{name: "before " + name, text: changed.before}, evaluated{name: name, text: changed.after, golden: golden[i]})
			}
		}
	}
	return list
}

// Breaks when a fix leaves a file that Nix evaluates to other inputs than we read in it, or than its archive says; when Nix
// refuses a text in which we find no error, or the other way round.
func TestFixesEvaluate(t *testing.T) {
	nix := realtools.NewNix(t)
	texts := allFixes(t)
	root := realtools.TempDir(t)
	paths := make([]string, len(texts))
	for i := range texts {
		name := strconv.Itoa(i) + "/flake.nix"
		realtools.WriteFiles(t, root, map[string]string{name: texts[i].text})
		paths[i] = filepath.Join(root, name)
		texts[i].path = paths[i]
	}
	agreed, after := 0, 0
	for i, answer := range nix.Inputs(t, paths) {
		e := texts[i]
		if e.compare(t, answer) {
			agreed++
			if e.golden != "" {
				after++
			}
		}
	}
	t.Logf("%d texts, of which Nix evaluates %d, %d after a fix", len(texts), agreed, after)
	if after < len(texts)/3 {
		t.Errorf("Nix evaluates only %d of %d texts after a fix", after, len(texts)/2)
	}
}

// compare says whether Nix evaluates the text, and reports where it makes something else of it than we do.
func (e evaluated) compare(t *testing.T, answer realtools.Answer) bool {
	t.Helper()
	m := parse.Parse(parse.Flake, e.text)
	ours, err := m.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var refused *realtools.Error
	if errors.As(answer.Err, &refused) {
		if len(m.Errors) == 0 && !strings.Contains(string(ours), `"unknown":`) {
			t.Errorf("%s: we read\n%s\nbut Nix: %v", e.name, e.text, refused)
		}
		return false
	}
	// The oracle imports the file, where Nix resolves ~; as a flake it refuses it, see the verdicts.
	refusals := slices.DeleteFunc(slices.Clone(m.Errors), func(e parse.SyntaxError) bool { return e.Code == parse.HomePath })
	if len(refusals) > 0 {
		t.Errorf("%s: Nix evaluates\n%s\nbut we find: %v", e.name, e.text, m.Errors)
	}
	if !e.same(t, inputsOf(t, ours), string(answer.JSON)) {
		t.Errorf("%s: we read the inputs\n%s\nbut Nix evaluates them to\n%s", e.name, inputsOf(t, ours), answer.JSON)
	}
	if e.golden != "" && !e.same(t, e.golden, string(answer.JSON)) {
		t.Errorf("%s: the archive says\n%s\nbut Nix evaluates to\n%s", e.name, e.golden, answer.JSON)
	}
	return true
}

func (e evaluated) same(t *testing.T, ours, theirs string) bool {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(ours), &a); err != nil {
		t.Fatalf("%s: %q: %v", e.name, ours, err)
	}
	if err := json.Unmarshal([]byte(theirs), &b); err != nil {
		t.Fatalf("%s: %q: %v", e.name, theirs, err)
	}
	return e.sameValue(a, b)
}

// sameValue compares our reading with Nix's value. A path literal is its source text to us and an absolute path to Nix; what
// we do not know may be anything.
func (e evaluated) sameValue(ours, theirs any) bool {
	switch a := ours.(type) {
	case map[string]any:
		if _, unknown := a["unknown"]; unknown && len(a) == 1 {
			return true
		}
		b, ok := theirs.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, value := range a {
			if other, there := b[name]; !there || !e.sameValue(value, other) {
				return false
			}
		}
		return true
	case string:
		b, _ := theirs.(string)
		if below, ok := strings.CutPrefix(a, "~"); ok && below != "" {
			return strings.HasSuffix(b, below)
		}
		return a == b || strings.HasPrefix(a, ".") && filepath.Join(filepath.Dir(e.path), a) == b
	}
	return reflect.DeepEqual(ours, theirs)
}
