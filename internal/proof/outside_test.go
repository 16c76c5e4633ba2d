package proof

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when Nix takes a path that leads out of the flake's repository and in again, or when we do, or warn of one that stays inside.
func TestPathOutOfRepositoryAndBack(t *testing.T) {
	nix := realtools.NewNix(t)
	repo := filepath.Join(realtools.TempDir(t), "repo")
	for reference, refuses := range map[string]bool{
		"../web/x": false, "../api/../web/x": false, "../../repo/web/x": true, "path:../../repo/web/x": true, "path:../../repo/web/../web/x": true,
	} {
		realtools.GitCommit(t, repo, map[string]string{
			"api/flake.nix": `{ inputs.d.url = "` + reference + `"; outputs = _: { }; }`, "web/x/flake.nix": "{ outputs = _: { }; }",
		})
		_, _, err := nix.FlakeMetadata("git+file://"+repo+"?dir=api", "--no-write-lock-file")
		if (err != nil) != refuses || refuses && !strings.Contains(err.Error(), "forbidden in pure evaluation mode") {
			t.Errorf("%s: Nix says %v", reference, err)
		}
		said := false
		for _, f := range run(t, index(t, filepath.Dir(repo)), filepath.Join(repo, "api", "flake.nix")) {
			said = said || f.Code == "machine-path"
		}
		if said != refuses {
			t.Errorf("%s: it is found %t", reference, said)
		}
	}
}
