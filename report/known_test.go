package report_test

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/report"
)

// Breaks when leaves of which nothing is known count as ones that do not have the newest set, or nobody is told of them.
func TestLeavesOfWhichNothingIsKnown(t *testing.T) {
	const (
		pins = `-- pins/flake.nix --
{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }
-- pins/flake.lock (sketch) --
nixpkgs github:NixOS/nixpkgs rev=a1 2026-11-01
`
		lock = `pins github:acme/pins rev=b1 2026-11-02
  nixpkgs github:NixOS/nixpkgs rev=a1 2026-11-01
`
	)
	leaf := func(name string) string {
		return "-- " + name + "/flake.nix --\n{ inputs.pins.url = \"github:acme/pins\"; outputs = _: { }; }\n"
	}
	locked := func(name string) string { return leaf(name) + "-- " + name + "/flake.lock (sketch) --\n" + lock }
	for _, test := range []struct{ files, text, page string }{
		{pins + locked("web"), " 1 of 1 leaf has the newest package set of pins.", "<dt>leaves with the newest set</dt><dd>1</dd>"},
		{pins + locked("web") + leaf("api"), " 1 of 1 leaf has the newest package set of pins; of 1 more leaf that is not known.", "<dt>leaves with the newest set, of 1 of which that is known</dt><dd>1</dd>"},
		{
			pins + locked("web") + locked("db") + leaf("api") + leaf("new"), " 2 of 2 leaves have the newest package set of pins; of 2 more leaves that is not known.",
			"<dt>leaves with the newest set, of 2 of which that is known</dt><dd>2</dd>",
		},
		{pins + leaf("api"), " Of 1 leaf it is not known how far it is behind pins.", "<dt>leaves with the newest set, of 0 of which that is known</dt><dd>0</dd>"},
		{pins + leaf("api") + leaf("new"), " Of 2 leaves it is not known how far they are behind pins.", "<dt>leaves with the newest set, of 0 of which that is known</dt><dd>0</dd>"},
	} {
		root := t.TempDir()
		writeArchive(t, txtar.Parse([]byte(test.files)).Files, "", root)
		r := report.New(inventoryOf(openAt(t, root, reportTime), root))
		if text := strings.Join(strings.Fields(textOf(t, r, report.TextOptions{Width: 100})), " "); !strings.Contains(text, test.text) {
			t.Errorf("no %q in\n%s", test.text, text)
		}
		if page := faces(t, r)["html"]; !strings.Contains(page, test.page) {
			t.Errorf("no %q in\n%s", test.page, page)
		}
	}
}
