package ref_test

import (
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// Breaks when a repository is asked at another place than Nix fetches from, what Git cannot answer is asked of it, or a reference could
// make Git read an option, or start a program, instead of a repository.
func TestGitRemote(t *testing.T) {
	for text, want := range map[string]string{
		"github:NixOS/nixpkgs":                            "https://github.com/NixOS/nixpkgs.git",
		"github:NixOS/nixpkgs/nixos-26.05":                "https://github.com/NixOS/nixpkgs.git",
		"github:o/r?host=git.example.org":                 "https://git.example.org/o/r.git",
		"gitlab:group%2Fsub/project":                      "https://gitlab.com/group/sub/project.git",
		"sourcehut:~me/x":                                 "https://git.sr.ht/~me/x",
		"sourcehut:~me/x?host=hg.sr.ht":                   "",
		"git+https://example.org/r.git?ref=main&dir=sub":  "https://example.org/r.git",
		"git+ssh://git@example.org/r":                     "ssh://git@example.org/r",
		"git+ssh://git@example.org:2222/r?submodules=1":   "ssh://git@example.org:2222/r",
		"git+file:///tmp/a%20b?ref=x":                     "/tmp/a b",
		"git+file:///tmp/a%00b":                           "",
		"git://example.org/r":                             "git://example.org/r",
		"github:o/r?host=-oProxyCommand=x":                "",
		"path:/tmp/x":                                     "",
		"hg+https://example.org/r":                        "",
		"nixpkgs":                                         "",
		"https://github.com/o/r/archive/main.tar.gz":      "",
		"https://flakehub.com/f/NixOS/nixpkgs/0.1.tar.gz": "",
	} {
		r, err := ref.Parse(text)
		if err != nil {
			if want != "" {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if got, ok := r.GitRemote(); ok != (want != "") || ok && got != want {
			t.Errorf("%s is at %q (%t), want %q", text, got, ok, want)
		}
	}
	for _, address := range []string{"--upload-pack=touch x", "ext::sh -c touch% x", "ssh://-oProxyCommand=x/r", "-x", "file:-x"} {
		r, err := ref.FromAttrs(ref.Attrs{"type": "git", "url": address})
		if err != nil {
			continue
		}
		if got, ok := r.GitRemote(); ok {
			t.Errorf("%q is at %q", address, got)
		}
	}
	if remote, ok := (ref.Ref{}).GitRemote(); ok {
		t.Errorf("nothing is at %q", remote)
	}
}
