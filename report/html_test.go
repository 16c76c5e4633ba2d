package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/report"
)

// pageOf is the page of the small archive's polyrepo, with budgets and changes.
func pageOf(t *testing.T, inventory *report.Inventory, earlier *report.Inventory) string {
	t.Helper()
	r := report.New(inventory)
	r.Compare(earlier)
	b, err := report.ParseBudget("revs(nixpkgs) <= 1")
	if err != nil {
		t.Fatal(err)
	}
	r.Judge(b)
	var page strings.Builder
	if err := r.HTML(&page); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// Breaks when the page lacks a fact of the report, or when its policy forbids its own script or style (how it looks and works is
// tested in a browser: test/run).
func TestHTML(t *testing.T) {
	root := t.TempDir()
	archive, err := txtar.ParseFile("testdata/small.txtar")
	if err != nil {
		t.Fatal(err)
	}
	writeArchive(t, archive.Files, "", root)
	now, before := filepath.Join(root, "now"), filepath.Join(root, "before")
	page := pageOf(t, inventoryOf(openAt(t, now, reportTime), now), inventoryOf(openAt(t, before, reportTime.AddDate(0, 0, -7)), before))
	for _, want := range []string{
		"<title>Versions in use: 5 flakes</title>", "✗ failed", "revs(nixpkgs) &lt;= 1", "Since 2026-11-19 09:30", "Caught up with the newest set:</b> web.",
		"Inputs that nobody follows:</b> fenix.", "nix registry add nixpkgs github:NixOS/nixpkgs/a22c3a4249", "github.com/numtide/treefmt-nix", "own</td>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	for _, element := range []string{"script", "style"} {
		m := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(page, -1)
		if len(m) != 1 {
			t.Fatalf("%d of <%s>", len(m), element)
		}
		sum := sha256.Sum256([]byte(m[0][1]))
		if name := "sha256-" + base64.StdEncoding.EncodeToString(sum[:]); !strings.Contains(page, name) {
			t.Errorf("the policy does not have %s of %s", name, element)
		}
	}
}

// Breaks when a name that holds markup becomes markup, in text, in an attribute or in the data of the script.
func TestHTMLHostile(t *testing.T) {
	row := `{"schema_version":1,"generated_at":"2026-11-26T09:30:00Z","kind":"%s","repo":"r%d/<b>\"'</script><!--","path":"a","role":"leaf"%s}` + "\n"
	var rows strings.Builder
	for i := range 2 {
		fmt.Fprintf(&rows, row, "flake", i, "")
		fmt.Fprintf(&rows, row, "source", i, fmt.Sprintf(`,"input":"s","depth":1,"source":"x/\"onload=<b>'</script><!--","version":"<b>%d"`, i))
	}
	var merge report.Merge
	if err := merge.Read(strings.NewReader(rows.String()), "a"); err != nil {
		t.Fatal(err)
	}
	page := pageOf(t, merge.Inventory(), merge.Inventory())
	for _, want := range []string{
		`title="r0/&lt;b&gt;&#34;&#39;&lt;/script&gt;&lt;!--`, `<summary>x/&#34;onload=&lt;b&gt;&#39;&lt;/script&gt;&lt;!--</summary>`,
		`{"source":"x/\"onload=\u003cb\u003e'\u003c/script\u003e\u003c!--"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in the page", want)
		}
	}
	for _, never := range []string{"<!--", "<b>&", `/"onload`} {
		if strings.Contains(page, never) {
			t.Errorf("%s is in the page", never)
		}
	}
	if n := strings.Count(page, "</script>"); n != 2 {
		t.Errorf("%d scripts end", n)
	}
}

// Breaks when what is not shown is not said, or when more is shown than a browser can bear.
func TestHTMLCut(t *testing.T) {
	var rows strings.Builder
	for i := range 1003 {
		row := fmt.Sprintf(`{"schema_version":1,"generated_at":"2026-11-26T09:30:00Z","kind":"%%s","repo":"r/%d","path":"%d","role":"leaf"%%s}`+"\n", i, i)
		fmt.Fprintf(&rows, row, "flake", "")
		for s := range 52 {
			if i < 2 || s == 0 {
				fmt.Fprintf(&rows, row, "source", fmt.Sprintf(`,"input":"s%d","depth":1,"source":"x/s%d","version":"%d"`, s, s, i))
			}
		}
	}
	var merge report.Merge
	if err := merge.Read(strings.NewReader(rows.String()), "a"); err != nil {
		t.Fatal(err)
	}
	page := pageOf(t, merge.Inventory(), merge.Inventory())
	for _, want := range []string{"Shown are 1,000 of 1,003 flakes", "Shown are 50 of 52 sources"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	if n := strings.Count(page, `<th scope="row" class="name"`); n != 1000 {
		t.Errorf("%d rows", n)
	}
}
