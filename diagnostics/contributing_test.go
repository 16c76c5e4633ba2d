package diagnostics_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Breaks when the worked example of CONTRIBUTING.md does not build, or finds something else than the page says.
func TestContributing(t *testing.T) {
	page, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```(go|text)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 3 {
		t.Fatalf("the page has %d blocks of code, expected the rule, the archive and the findings", len(blocks))
	}
	rule, archive, findings := blocks[0][2], blocks[1][2], blocks[2][2]
	// The findings stand behind the first case; the second one has none.
	archive = strings.Replace(archive, "-- case a release", findings+"-- case a release", 1) + "-- findings --\nnone\n"

	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("forge_tarball.txtar", archive)
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(here, "forge_tarball.go"): write("forge_tarball.go", rule)}})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("go", "test", "-overlay", write("overlay.json", string(overlay)), "-run", "^TestArchives$/^forge-tarball$", "-v", ".")
	command.Env = append(os.Environ(), archivesVariable+"="+dir)
	out, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestArchives/forge-tarball") {
		t.Fatalf("%v\n%s", err, out)
	}
}
