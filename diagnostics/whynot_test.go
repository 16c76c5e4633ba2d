package diagnostics

import "testing"

// Breaks when a comment that may say why an input is as it is counts as none, or the name of a package counts as a word that it begins with.
func TestReason(t *testing.T) {
	for comment, want := range map[string]bool{
		"# keep it apart": true, "# keeps its own": true, "# hacky": true, "# a hack": true, "# patched by us": true, "# fails on darwin": true,
		"# see https://example.org": true, "# #123": true, "# buggy": true, "# a bug": true, "# do not follow": true,
		"# hackage": false, "# keepassxc": false, "# patchelf": false, "# fail2ban": false, "# bugzilla": false, "# haskell packages": false, "# keepalived": false,
	} {
		if got := reason().MatchString(comment); got != want {
			t.Errorf("%s: %v", comment, got)
		}
	}
}
