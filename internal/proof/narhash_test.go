package proof

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when a narHash that Nix refuses is let through, or one that it takes is an Error: every kind of reference, and every way to write a
// hash. Nix says so before it asks the network, of which there is none here.
func TestNarHashAsNix(t *testing.T) {
	nix, dir := realtools.NewNix(t), realtools.TempDir(t)
	dep := filepath.Join(dir, "dep")
	realtools.GitCommit(t, dep, map[string]string{"flake.nix": "{ outputs = _: { }; }"})
	const digits = "VO8KzRYOgpVx36ZrJgyhKBIqs/LCSt75RVaCYxQv9TY" // of another folder: who comes to compare has taken it
	hashes := []string{
		"sha256-" + digits + "=", "sha256-" + digits, "sha256-" + digits + "= ", "sha256-" + digits + "=!", "sha256-VO8K\\n" + digits[4:], "",
		"sha256-" + digits + "A=", "sha256-" + digits[1:] + "=", "sha256-VO8K=" + digits, "sha256-VO8K " + digits[4:], "sha256-" + strings.Replace(digits, "/", "_", 1), "sha256-" + digits[:42] + "!",
		"sha256:54ef0acd160e829571dfa66b260ca128122ab3f2c24adef945568263142ff536", "sha256:" + digits + "=", "54ef0acd160e829571dfa66b260ca128122ab3f2c24adef945568263142ff536", digits + "=",
		"md5-AAAAAAAAAAAAAAAAAAAAAA==", "sha512-" + digits, "SHA256-" + digits, "blake3-" + digits, "nonsense", "sha256-", "-" + digits,
	}
	var inputs []string
	for _, hash := range hashes {
		inputs = append(inputs, fmt.Sprintf(`{ type = "path"; path = "%s"; narHash = "%s"; }`, dep, hash))
	}
	for _, input := range []string{
		`{ url = "github:o/r?narHash=nonsense"; }`, `{ url = "github:o/r?narHash=nonsense&dir=x"; flake = false; }`, `{ type = "gitlab"; owner = "o"; repo = "r"; narHash = "sha256-abc"; }`,
		`{ url = "https://acme.example/x.tar.gz?narHash=nonsense"; }`, `{ type = "tarball"; url = "https://acme.example/x.tar.gz"; narHash = "nonsense"; }`,
		`{ type = "file"; url = "https://acme.example/x"; narHash = "nonsense"; flake = false; }`, `{ url = "path:DEP?narHash=nonsense"; }`, `{ url = "DEP?narHash=nonsense"; }`,
		`{ type = "git"; url = "file://DEP"; narHash = "nonsense"; }`, `{ url = "git+file://DEP?narHash=nonsense"; }`,
	} {
		inputs = append(inputs, strings.ReplaceAll(input, "DEP", dep))
	}
	refused := 0
	for i, input := range inputs {
		at := filepath.Join(dir, fmt.Sprintf("flake%d", i))
		realtools.WriteFiles(t, at, map[string]string{"flake.nix": "{ inputs.d = " + input + "; outputs = _: { }; }"})
		_, _, err := nix.FlakeMetadata("path:"+at, "--no-write-lock-file")
		refuses := err != nil && (strings.Contains(err.Error(), "is not SRI") || strings.Contains(err.Error(), "SRI hash") || strings.Contains(err.Error(), "narHash must") ||
			strings.Contains(err.Error(), "hash algorithm") || strings.Contains(err.Error(), "blake3-hashes"))
		if err != nil && !refuses && !strings.Contains(err.Error(), "NAR hash mismatch") {
			t.Errorf("%s: this shows nothing: %v", input, err)
		}
		said := false
		for _, f := range run(t, index(t, at), filepath.Join(at, "flake.nix")) {
			said = said || f.Code == "invalid-reference" && f.Severity == diagnostics.Error
		}
		if said != refuses {
			t.Errorf("%s: Nix says %v, an Error is found: %t", input, err, said)
		}
		if refuses {
			refused++
		}
	}
	if refused < 20 || refused > len(inputs)-6 {
		t.Errorf("%d of %d were refused: this shows little", refused, len(inputs))
	}
}
