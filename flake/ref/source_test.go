package ref

import "testing"

// Breaks when two ways to write one source part, or two sources become one.
func TestSource(t *testing.T) {
	for want, list := range map[Source][]string{
		"github.com/nixos/nixpkgs": {
			"github:NixOS/nixpkgs", "github:nixos/nixpkgs/nixos-unstable?dir=lib", "git+https://github.com/NixOS/nixpkgs.git", "git+ssh://git@github.com/nixos/nixpkgs",
			"git+ssh://git@ssh.github.com:443/nixos/nixpkgs", "git+https://user:token@github.com:443/NixOS/nixpkgs/?ref=x", "git://github.com/nixos/nixpkgs",
			"https://github.com/NixOS/nixpkgs/archive/master.tar.gz", "https://github.com/NixOS/nixpkgs/archive/refs/heads/nixos-25.05.zip",
			"https://github.com/NixOS/nixpkgs/tarball/nixpkgs-23.11", "https://codeload.github.com/NixOS/nixpkgs/tar.gz/master",
			"https://api.github.com/repos/NixOS/nixpkgs/tarball/master", "github:NixOS/nixpkgs?host=github.com",
		},
		"flakehub.com/nixos/nixpkgs": {
			"https://flakehub.com/f/NixOS/nixpkgs/0.2505.*.tar.gz", "https://flakehub.com/f/NixOS/nixpkgs/*", "tarball+https://flakehub.com/f/nixos/nixpkgs/0.1",
			"https://api.flakehub.com/f/pinned/NixOS/nixpkgs/0.1.967235%2Brev-6c9a78c09ff4d6c21d0319114873508a6ec01655/019d198c-70dc-7753-b1d1-721451f578ae/source.tar.gz",
		},
		"channels.nixos.org/nixos-unstable": {
			"https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz", "https://nixos.org/channels/nixos-unstable/nixexprs.tar.xz",
			"https://releases.nixos.org/nixos/unstable/nixos-26.05pre977467.4c1018dae018/nixexprs.tar.xz",
		},
		"channels.nixos.org/nixos-26.05-small":    {"https://releases.nixos.org/nixos/26.05-small/nixos-26.05.4193.a50de1b7d8a5/nixexprs.tar.xz"},
		"channels.nixos.org/nixpkgs-25.05-darwin": {"https://releases.nixos.org/nixpkgs/nixpkgs-25.05-darwin-25.05.1/nixexprs.tar.xz", "https://channels.nixos.org/nixpkgs-25.05-darwin/nixexprs.tar.xz"},
		"gitlab.com/veloren/dev/rfcs":             {"gitlab:veloren%2Fdev/rfcs", "git+https://gitlab.com/Veloren/dev/rfcs.git", "https://gitlab.com/veloren/dev/rfcs/-/archive/main/rfcs-main.tar.gz"},
		"git.sr.ht/~misterio/nix-colors":          {"sourcehut:~misterio/nix-colors", "git+https://git.sr.ht/~misterio/nix-colors", "https://git.sr.ht/~misterio/nix-colors/archive/main.tar.gz"},
		"git.openldap.org/openldap/openldap":      {"gitlab:openldap/openldap?host=git.openldap.org", "git+https://git.openldap.org/openldap/openldap.git"},
		"git.clan.lol/clan/data-mesher":           {"https://git.clan.lol/clan/data-mesher/archive/main.tar.gz", "https://git.clan.lol/api/v1/repos/clan/data-mesher/archive/12c5.tar.gz", "git+https://git.clan.lol/clan/data-mesher"},
		"github.com/nix-darwin/nix-darwin":        {"github:LnL7/nix-darwin", "github:nix-darwin/nix-darwin/nix-darwin-25.05"},
		"github.com/cachix/git-hooks.nix":         {"github:cachix/pre-commit-hooks.nix"},
		"github.com/nixos/flake-compat":           {"github:edolstra/flake-compat", "git+https://github.com/NixOS/flake-compat"},
		"cgit.example.org:8443/Nix/x":             {"git+https://cgit.example.org:8443/Nix/x.git"},
		"cgit.example.org/nix/x":                  {"git+https://CGIT.example.org/nix/x"},
		"example.org/a/b/archive/x.tar.gz":        {"https://example.org/a/b/archive/x.tar.gz", "http://example.org/a/b/archive/x.tar.gz"},
		"example.org/x.zip?v=1":                   {"https://example.org/x.zip?v=1", "https://example.org/x.zip?token=s3cr3t&v=1", "https://s3cr3t@example.org/x.zip?v=1&private_token=s3cr3t"},
		"example.org/y.zip":                       {"https://example.org/y.zip?access_token=s3cr3t"},
		"/home/me/pins":                           {"path:/home/me/pins", "/home/me//pins/", "git+file:///home/me/pins?ref=main"},
		"./sub":                                   {"./sub", "path:sub/"},
		"../pins":                                 {"path:../pins", "git+file:../pins"},
		".":                                       {"."},
		"flake:nixpkgs":                           {"nixpkgs", "flake:nixpkgs", "nixpkgs/nixos-25.05"},
		"hg.example.org/x":                        {"hg+https://hg.example.org/x?ref=default"},
	} {
		for _, s := range list {
			if got := mustParse(t, s).Source(); got != want {
				t.Errorf("%s: source %s, want %s", s, got, want)
			}
		}
	}
	if (Ref{}).Source() != "" {
		t.Error("no reference has a source")
	}
}

// Breaks when a setting's alias is not followed, when a circle of aliases does not end, or when a bad alias passes.
func TestRenames(t *testing.T) {
	renames, err := NewRenames(map[string]string{"github:me/nixpkgs": "github:NixOS/nixpkgs", "github:a/a": "github:b/b", "github:b/b": "github:a/a", "github:x/x": "github:edolstra/flake-compat"})
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[Source]Source{
		"github.com/me/nixpkgs": "github.com/nixos/nixpkgs", "github.com/lnl7/nix-darwin": "github.com/nix-darwin/nix-darwin",
		"github.com/x/x": "github.com/nixos/flake-compat", "github.com/o/o": "github.com/o/o",
	} {
		if got := renames.Of(from); got != to {
			t.Errorf("%s is now %s, want %s", from, got, to)
		}
	}
	renames.Of("github.com/a/a")
	if _, err := NewRenames(map[string]string{"github:me": "github:x/y"}); err == nil {
		t.Error("a bad alias passed")
	}
}

// Breaks when a page is another than the host has, or holds a password.
func TestWebURL(t *testing.T) {
	for s, want := range map[string]string{
		"github:NixOS/nixpkgs":                                                      "https://github.com/NixOS/nixpkgs",
		"github:NixOS/nixpkgs/nixos-25.05?dir=lib":                                  "https://github.com/NixOS/nixpkgs/tree/nixos-25.05/lib",
		"github:NixOS/nixpkgs/pull/357207/head":                                     "https://github.com/NixOS/nixpkgs/pull/357207",
		"github:NixOS/templates?dir=rust":                                           "https://github.com/NixOS/templates/tree/HEAD/rust",
		"github:o/r/feat/x":                                                         "https://github.com/o/r/tree/feat/x",
		"github:o/r?host=git.example.org":                                           "https://git.example.org/o/r",
		"gitlab:veloren%2Fdev/rfcs/main?dir=x":                                      "https://gitlab.com/veloren/dev/rfcs/-/tree/main/x",
		"sourcehut:~misterio/nix-colors/main?dir=x":                                 "https://git.sr.ht/~misterio/nix-colors/tree/main/item/x",
		"git+https://user:secret@github.com/o/r.git?ref=refs/heads/x":               "https://github.com/o/r/tree/x",
		"git+ssh://git@github.com/o/r?rev=f34751b88bd07d7f44f5cd3200fb4122bf916c7e": "https://github.com/o/r/tree/f34751b88bd07d7f44f5cd3200fb4122bf916c7e",
		"git+https://codeberg.org/o/r?ref=refs/tags/v1":                             "https://codeberg.org/o/r/src/tag/v1",
		"git+https://codeberg.org/o/r?dir=x":                                        "https://codeberg.org/o/r",
		"git+https://bitbucket.org/o/r?ref=x":                                       "https://bitbucket.org/o/r/src/x",
		"git+https://user:secret@cgit.example.org/nix/x.git?ref=main":               "https://cgit.example.org/nix/x.git",
		"git+ssh://git@example.org/x":                                               "",
		"git+file:///home/x":                                                        "",
		"https://github.com/o/r/archive/refs/tags/v1.tar.gz":                        "https://github.com/o/r/tree/v1",
		"https://flakehub.com/f/NixOS/nixpkgs/0.1":                                  "https://flakehub.com/flake/NixOS/nixpkgs",
		"https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz":                 "https://channels.nixos.org/nixos-unstable",
		"https://example.org/x.tar.gz":                                              "",
		"./sub":                                                                     "",
		"nixpkgs":                                                                   "",
	} {
		if got := mustParse(t, s).WebURL(); got != want {
			t.Errorf("%s: page %q, want %q", s, got, want)
		}
	}
	for s, want := range map[string]string{
		"github:o/r/main": "https://github.com/o/r/compare/a...b", "gitlab:o/r": "https://gitlab.com/o/r/-/compare/a...b",
		"git+https://codeberg.org/o/r": "https://codeberg.org/o/r/compare/a...b", "sourcehut:~o/r": "", "git+https://example.org/x": "", "nixpkgs": "",
	} {
		if got := mustParse(t, s).CompareURL("a", "b"); got != want {
			t.Errorf("%s: comparison %q, want %q", s, got, want)
		}
	}
}

// Breaks when a requirement in FlakeHub's URL is not found, or its place is wrong.
func TestFlakeHub(t *testing.T) {
	for _, test := range []struct{ ref, project, requirement, written string }{
		{"https://flakehub.com/f/NixOS/nixpkgs/0.2505.*.tar.gz", "NixOS/nixpkgs", "0.2505.*", "0.2505.*"},
		{"https://flakehub.com/f/NixOS/nixpkgs/0.2505.%2A", "NixOS/nixpkgs", "0.2505.*", "0.2505.%2A"},
		{"https://flakehub.com/f/NixOS/nixpkgs/*", "NixOS/nixpkgs", "*", "*"},
		{"https://flakehub.com/f/NixOS/nixpkgs/0.1", "NixOS/nixpkgs", "0.1", "0.1"},
		{"https://flakehub.com/f//NixOS/nixpkgs/%3D0.2411.712512?dir=lib", "NixOS/nixpkgs", "=0.2411.712512", "%3D0.2411.712512"},
		{"https://flakehub.com/f/NixOS/nixpkgs/1", "NixOS/nixpkgs", "1", "1"},
		{"tarball+https://flakehub.com/f/ipetkov/crane/0#", "ipetkov/crane", "0", "0"},
		{"https://api.flakehub.com/f/pinned/ipetkov/crane/0.20.3/01966538-0f80-7363-a573-2ba9fd154399/source.tar.gz", "ipetkov/crane", "0.20.3", "0.20.3"},
		{"https://flakehub.com/f/ipetkov/crane", "", "", ""},
		{"https://flakehub.com/flake/ipetkov/crane", "", "", ""},
		{"https://example.org/f/ipetkov/crane/0", "", "", ""},
		{"git+https://flakehub.com/f/ipetkov/crane/0", "", "", ""},
		{"github:f/ipetkov/crane/0", "", "", ""},
	} {
		hub, ok := ParseFlakeHub(test.ref)
		if ok != (test.project != "") {
			t.Errorf("%s: %v", test.ref, ok)
			continue
		}
		if !ok {
			continue
		}
		if got := hub.Org + "/" + hub.Project; got != test.project || hub.Requirement != test.requirement || hub.Span.In(test.ref) != test.written {
			t.Errorf("%s: %+v at %q", test.ref, hub, hub.Span.In(test.ref))
		}
	}
}
