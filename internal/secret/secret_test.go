package secret

import "testing"

// Breaks when a secret of a URL stays in a text, or what is none is taken out.
func TestHide(t *testing.T) {
	for text, want := range map[string]string{
		"git+https://ana:s3cr3t@example.org/r":               "git+https://***@example.org/r",
		"https://ghp_x@github.com/a/b, https://b@h":          "https://***@github.com/a/b, https://***@h",
		`"git+ssh://git@github.com/acme/pins" at 3:4`:        `"git+ssh://git@github.com/acme/pins" at 3:4`,
		"https://h/a?rev=1&private_token=ab%20c&narHash=x#y": "https://h/a?rev=1&private_token=***&narHash=x#y",
		"https://h/a?Access-Token=abc":                       "https://h/a?Access-Token=***",
		"git@github.com:acme/pins and a@b":                   "git@github.com:acme/pins and a@b",
		"https://host/path@v1?ref=main":                      "https://host/path@v1?ref=main",
		"ssh://u:p@h:22/x":                                   "ssh://u:***@h:22/x",
		"http://[::1]:80/a@b":                                "http://[::1]:80/a@b",
		"":                                                   "",
		// RFC 3986 lets them stand in a user part; in prose they end a URL.
		"https://ana:s3,cr'3t@h/r":                                     "https://***@h/r",
		"fetch 'https://ana:s3,cr3t@h/r', 'git+ssh://git:s3,cr3t@h/r'": "fetch 'https://***@h/r', 'git+ssh://git:***@h/r'",
		"https://a/b,https://ana:s3cr3t@h":                             "https://a/b,https://***@h",
		"HTTPS://s3cr3t@h/r":                                           "HTTPS://***@h/r",
	} {
		if got := Hide(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// Breaks when a secret is shown, or what stands behind it moves.
func TestMask(t *testing.T) {
	for text, want := range map[string]string{
		`  url = "git+https://ana:s3cr3t@h/r?ref=a"; # x`: `  url = "git+https://**********@h/r?ref=a"; # x`,
		`{ a = "https://h/a?token=s3cr3t&rev=1"; }`:       `{ a = "https://h/a?token=******&rev=1"; }`,
		`{ a = "github:a/b"; }`:                           `{ a = "github:a/b"; }`,
		// What ends a URL in prose need not end it in a string of Nix, JSON or TOML.
		`url = "git+https://bob:s3\"cr3t@h/z"; # "a@b"`:      `url = "git+https://************@h/z"; # "a@b"`,
		`url = "git+https://bob:s3${"cr3t"}@h/z";`:           `url = "git+https://***************@h/z";`,
		`url = "git+ssh://bob:s3${ if a then "c" else b }@h`: `url = "git+ssh://bob:***************************@h`,
		`url = "git+ssh://bob:s3" + "cr3t@h/z";`:             `url = "git+ssh://bob:***********@h/z";`,
		`url = "https://h/a?rev=1&token=s3${"cr3t"}&x=y";`:   `url = "https://h/a?rev=1&token=***********&x=y";`,
		`url = "https://h/a?token=s3\"cr3t" + "3", "b";`:     `url = "https://h/a?token=**************", "b";`,
		`url = "https://h/a" + "?token=s3cr3t";`:             `url = "https://h/a" + "?token=******";`,
		`{"url":"https://h\\","a":"b@c","token=x":"y"}`:      `{"url":"https://h\\","a":"b@c","token=x":"y"}`,
		`a = "https://h/${x "https://bob:s3cr3t@h"}/b";`:     `a = "https://h/${x "https://**********@h"}/b";`,
		`inputs = 'git+ssh://bob:s3"cr<3t@h/x'`:              `inputs = 'git+ssh://bob:********@h/x'`,
		`url = "git+ssh://bob:s3<c>r` + "`" + `3t@h/x";`:     `url = "git+ssh://bob:*********@h/x";`,
		`"https://a/b,https://ana:s3cr3t@h"`:                 `"https://a/b,https://**********@h"`,
	} {
		if got := Mask(text); got != want || len(got) != len(text) {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
