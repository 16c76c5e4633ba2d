package diagnostics_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"golang.org/x/tools/txtar"
)

// Breaks when a known finding is new again because a lock has moved, a day has passed or another machine has another registry: CI that
// lets the findings of a baseline pass would fail with each update.
func TestFingerprintsLast(t *testing.T) {
	leaf := func(pins, own string) string {
		return `
-- pins/flake.nix --
{
  inputs.crane.url = "github:ipetkov/crane";
  outputs = _: { };
}
-- pins/flake.lock (sketch) --
crane github:ipetkov/crane rev=` + pins + `
-- web/flake.nix --
{
  inputs.pins.url = "github:acme/pins";
  inputs.crane.url = "github:ipetkov/crane";
  inputs.tool.url = "github:acme/tool";
  inputs.id.url = "utils";
  outputs = { argument, ... }: { };
}
-- web/flake.lock (sketch) --
crane github:ipetkov/crane rev=` + own + `
id utils locked=github:acme/utils rev=d1 2026-10-01
argument argument locked=github:acme/argument rev=e1 2026-10-01
pins github:acme/pins rev=a1 2026-10-01
  crane github:ipetkov/crane rev=c1 2026-10-01
tool github:acme/tool rev=b1 2026-10-01
  crane github:ipetkov/crane rev=` + own + `
  pins github:acme/pins rev=a` + own[1:] + `
    crane github:ipetkov/crane rev=c1 2026-10-01
`
	}
	registry := `
-- home/.cache/nix/flake-registry.json --
{ "version": 2, "flakes": [
  { "from": { "type": "indirect", "id": "utils" }, "to": { "type": "github", "owner": "acme", "repo": "utils" } },
  { "from": { "type": "indirect", "id": "argument" }, "to": { "type": "github", "owner": "acme", "repo": "argument" } }
] }
`
	judge := func(archive string) (root string, findings []diagnostics.Finding) {
		dir := t.TempDir()
		w := lay(t, dir, &archiveCase{files: txtar.Parse([]byte(archive)).Files})
		return filepath.Join(dir, "work"), findingsOf(t, w.Snapshot(), "")
	}
	var baseline bytes.Buffer
	root, findings := judge(leaf("c1 2026-10-01", "c1 2026-10-01"))
	if err := diagnostics.WriteBaseline(&baseline, root, findings); err != nil {
		t.Fatal(err)
	}
	known, err := diagnostics.ReadBaseline(&baseline)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"raw-url", "duplicate-source", "unfollowed-pins", "registry-url", "implicit-input"} {
		if !slices.ContainsFunc(findings, func(f diagnostics.Finding) bool { return f.Code == code }) {
			t.Errorf("%s says nothing", code)
		}
	}
	root, findings = judge(leaf("c2 2026-11-02", "c3 2026-11-03") + registry)
	for _, f := range known.New(root, findings) {
		if f.Code != "pins-behind" { // pins has moved on: that is news
			t.Errorf("new: %s: %s", f.Code, f.Message)
		}
	}
}
