package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/report"
)

func schema(t *testing.T, path string) *jsonschema.Schema {
	t.Helper()
	compiled, err := jsonschema.NewCompiler().Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// output is what a command prints on the example; its exit code must be the given one.
func output(t *testing.T, code int, args ...string) []byte {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	var out, errs bytes.Buffer
	if got := run(args, strings.NewReader(""), &out, &errs); got != code {
		t.Fatalf("%v: exit code %d, want %d\n%s", args, got, code, errs.String())
	}
	return out.Bytes()
}

// Breaks when the JSON of check has a member that its schema does not have, or lacks one; or when the places in it are not
// those of the text.
func TestCheckSchema(t *testing.T) {
	out := output(t, exitFindings, "check", "--format", "json", "../../examples/polyrepo")
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	compiled := schema(t, "../../docs/schema/check.schema.json")
	if err := compiled.Validate(value); err != nil {
		t.Error(err)
	}
	var result jsonCheck
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	fixes := 0
	for _, f := range result.Findings {
		if filepath.IsAbs(f.Path) || seen[f.Fingerprint] {
			t.Errorf("%s: path %q, fingerprint %s", f.Code, f.Path, f.Fingerprint)
		}
		seen[f.Fingerprint] = true
		fixes += len(f.Fixes)
	}
	if len(result.Findings) < 10 || fixes < 10 {
		t.Errorf("%d findings with %d fixes: the example shows more", len(result.Findings), fixes)
	}
	// The schema must be able to fail.
	value.(map[string]any)["findings"].([]any)[0].(map[string]any)["unheard"] = true
	if compiled.Validate(value) == nil {
		t.Error("the schema takes a member that it does not name")
	}
}

// Breaks when the example's own settings, or the defaults, are none that the schema for editors takes.
func TestSettingsSchema(t *testing.T) {
	compiled := schema(t, "../../docs/schema/nix-pins.toml.schema.json")
	for text, good := range map[string]bool{
		`{"pins":{"reference":"git+ssh://git@github.com/acme/pins"}}`: true,
		`{"role":"pins","rules":{"raw-url":"warning"}}`:               true,
		`{"rules":{"raw-ulr":"warning"}}`:                             false,
		`{"rules":{"raw-url":"loud"}}`:                                false,
		`{"pins":{"refrence":"x"}}`:                                   false,
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Breaks when SARIF's places or rule indexes point elsewhere than its results say.
func TestSARIF(t *testing.T) {
	var log sarifLog
	if err := json.Unmarshal(output(t, exitFindings, "check", "--format", "sarif", "../../examples/polyrepo"), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Tool.Driver.Rules) != len(diagnostics.Rules()) {
		t.Errorf("%d rules, want %d", len(run.Tool.Driver.Rules), len(diagnostics.Rules()))
	}
	for _, result := range run.Results {
		if rule := run.Tool.Driver.Rules[result.RuleIndex]; rule.ID != result.RuleID {
			t.Errorf("rule %s has the index of %s", result.RuleID, rule.ID)
		}
		if place := result.Locations[0].PhysicalLocation; place.Region.StartLine < 1 || place.ArtifactLocation.URIBaseID != "ROOT" {
			t.Errorf("%s stands at %+v", result.RuleID, place)
		}
	}
}

// Breaks when a line of a hostile file ends a workflow command of GitHub's.
func TestHostileText(t *testing.T) {
	if got := githubData.Replace("a\n::error::b%"); strings.ContainsAny(got, "\n\r") || !strings.HasSuffix(got, "%25") {
		t.Errorf("workflow command holds %q", got)
	}
	if got := githubProperty.Replace("a,b:c"); strings.ContainsAny(got, ",:") {
		t.Errorf("workflow property holds %q", got)
	}
}

// Breaks when output to a pipe that nobody reads is taken for a success.
func TestClosedPipe(t *testing.T) {
	reader, writer := io.Pipe()
	reader.Close()
	var errs bytes.Buffer
	t.Setenv("HOME", t.TempDir())
	if code := run([]string{"check", "--format", "json", "../../examples/polyrepo"}, strings.NewReader(""), writer, &errs); code != exitFailed {
		t.Errorf("exit code %d, want %d: %s", code, exitFailed, errs.String())
	}
}

// Breaks when a line of an inventory has a column that its schema does not have, lacks one, or has another type; or when the page
// that tells of the columns does not have the same ones in the same order.
func TestInventorySchema(t *testing.T) {
	root := t.TempDir()
	sketched(t, root)
	compiled := schema(t, "../../docs/schema/inventory.schema.json")
	kinds := map[string]bool{}
	for line := range bytes.Lines(output(t, exitClean, "report", "--format", "jsonl", root)) {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); err != nil {
			t.Errorf("%s%v", line, err)
		}
		row := value.(map[string]any)
		kinds[row["kind"].(string)] = true
		delete(row, "follows")
		if compiled.Validate(row) == nil {
			t.Fatal("the schema takes a row without a column")
		}
	}
	if len(kinds) != 6 {
		t.Errorf("rows of kinds %v only", kinds)
	}
	page, err := os.ReadFile("../../docs/report.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| column |")
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(table, -1) {
		documented = append(documented, m[1])
	}
	first := output(t, exitClean, "report", "--format", "jsonl", root)
	var columns []string
	for _, m := range regexp.MustCompile(`[{,]"([a-z_]+)":`).FindAllSubmatch(first[:bytes.IndexByte(first, '\n')], -1) {
		columns = append(columns, string(m[1]))
	}
	if !slices.Equal(documented, columns) {
		t.Errorf("docs/report.md tells of\n%v, a row has\n%v", documented, columns)
	}
}

// Breaks when the JSON of report has a member that its schema does not have, or lacks one; or when a budget that the page names is none.
func TestReportSchema(t *testing.T) {
	root := t.TempDir()
	sketched(t, root)
	earlier := filepath.Join(root, "earlier.jsonl")
	if err := os.WriteFile(earlier, output(t, exitClean, "report", "--format", "jsonl", filepath.Join(root, "before")), 0o644); err != nil {
		t.Fatal(err)
	}
	compiled := schema(t, "../../docs/schema/report.schema.json")
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(output(t, exitFindings, "report", "--format", "json",
		"--since", earlier, "--budget", "revs(nixpkgs) <= 1", filepath.Join(root, "now"))))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(value); err != nil {
		t.Error(err)
	}
	value.(map[string]any)["summary"].(map[string]any)["unheard"] = 1
	if compiled.Validate(value) == nil {
		t.Error("the schema takes a member that it does not name")
	}
	page, err := os.ReadFile("../../docs/report.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range report.Measures() {
		if line := "| `" + m[0] + "` | " + m[1] + " |\n"; !strings.Contains(string(page), line) {
			t.Errorf("docs/report.md has no line %s", line)
		}
	}
}

// sketched writes the polyrepo of the report's own archive into a folder: as it is in now, as it was in before.
func sketched(t *testing.T, root string) {
	t.Helper()
	archive, err := txtar.ParseFile("../../report/testdata/small.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		name, content, err := locksketch.File(f.Name, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
