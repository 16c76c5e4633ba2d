package realtools

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Answer is what Nix made of one question of a batch: a value, or an *Error.
type Answer struct {
	JSON json.RawMessage
	Err  error
}

// Formals are the named arguments of a function.
type Formals struct {
	Names    map[string]bool `json:"names"`    // true: has a default
	Ellipsis bool            `json:"ellipsis"` // takes other arguments too
}

// prelude is imported by every question. JSON would copy a path into the store, so render turns it to a string first.
// functionArgs says { } for `x: …` and `{ }: …` alike; toXML tells them apart, and shows the ellipsis.
const prelude = `rec {
  render = value:
    if builtins.isPath value then toString value
    else if builtins.isAttrs value then builtins.mapAttrs (_: render) value
    else if builtins.isList value then map render value
    else value;
  has = pattern: text: builtins.match ".*${pattern}.*" text != null;
  formals = function:
    let pattern = builtins.toXML function; in
    if has "<varpat" pattern then null
    else { names = builtins.functionArgs function; ellipsis = has "<attrspat[^>]* ellipsis=" pattern; };
}
`

func (n *Nix) prelude() string { return filepath.Join(n.home, "prelude.nix") }

// Eval evaluates Nix expressions strictly, all in few processes: one, and one more for each expression
// that fails. A path literal becomes its absolute path as a string; a set with outPath or __toString becomes
// that string, as in all JSON of Nix. Relative paths are relative to a folder that does not outlive the call.
func (n *Nix) Eval(t testing.TB, expressions []string) []Answer {
	t.Helper()
	dir, err := os.MkdirTemp(n.home, "eval-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	files := make([]string, len(expressions))
	for i, expression := range expressions {
		files[i] = filepath.Join(dir, strconv.Itoa(i)+".nix")
		content := "(import " + n.prelude() + ").render (" + expression + "\n)"
		if err := os.WriteFile(files[i], []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return n.batch(t, files, "--eval", "--strict", "--json")
}

// Inputs evaluates `(import FILE).inputs or { }` for each file. Paths as in Eval.
func (n *Nix) Inputs(t testing.TB, files []string) []Answer {
	t.Helper()
	return n.Eval(t, each(files, func(file string) string {
		return "(import " + Literal(file) + ").inputs or { }"
	}))
}

// OutputsFormals gives for each file the arguments of `(import FILE).outputs` as a Formals in JSON, or JSON's null
// where outputs takes a plain argument (`inputs: …`).
func (n *Nix) OutputsFormals(t testing.TB, files []string) []Answer {
	t.Helper()
	return n.Eval(t, each(files, func(file string) string {
		return "(import " + n.prelude() + ").formals (import " + Literal(file) + ").outputs"
	}))
}

// ParseFlakeRefs gives the attributes that builtins.parseFlakeRef finds in each reference.
func (n *Nix) ParseFlakeRefs(t testing.TB, refs []string) []Answer {
	t.Helper()
	return n.Eval(t, each(refs, func(ref string) string {
		return "builtins.parseFlakeRef " + Literal(ref)
	}))
}

// Parse gives for each file nil, or the *Error with which Nix's parser rejects it (undefined variables included).
func (n *Nix) Parse(t testing.TB, files []string) []error {
	t.Helper()
	errs := make([]error, len(files))
	for i, answer := range n.batch(t, files, "--parse") {
		errs[i] = answer.Err
	}
	return errs
}

// chunk keeps an argument list far below the system's limit.
const chunk = 5000

// batch runs nix-instantiate on many files. It prints a line for each and stops at the first that fails,
// so each failure costs one more process and its message speaks of that file alone.
func (n *Nix) batch(t testing.TB, files []string, mode ...string) []Answer {
	t.Helper()
	answers := make([]Answer, 0, len(files))
	for len(answers) < len(files) {
		rest := files[len(answers):min(len(answers)+chunk, len(files))]
		stdout, _, err := n.run("", n.instantiate, append(mode[:len(mode):len(mode)], rest...)...)
		var refused *Error
		if err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
		lines := bytes.SplitAfter(stdout, []byte("\n"))
		lines = lines[:len(lines)-1] // what follows the last line end
		if len(lines) > len(rest) || err == nil && len(lines) != len(rest) || err != nil && len(lines) == len(rest) {
			t.Fatalf("nix-instantiate gave %d lines for %d files (%v)", len(lines), len(rest), err)
		}
		for _, line := range lines {
			answers = append(answers, Answer{JSON: json.RawMessage(bytes.TrimSpace(line))})
		}
		if err != nil {
			answers = append(answers, Answer{Err: err})
		}
	}
	return answers
}

func each(values []string, expression func(string) string) []string {
	expressions := make([]string, len(values))
	for i, value := range values {
		expressions[i] = expression(value)
	}
	return expressions
}

// Literal is a string in Nix syntax, which `import` takes as a path where it is absolute. Nix strings hold no NUL.
func Literal(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", `\${`, "\r", `\r`).Replace(s) + `"`
}
