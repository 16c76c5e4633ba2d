package diagnostics_test

import (
	"strings"
	"testing"
)

// Breaks when a stale lock is said to be settled by a lock, though what it has to hold is not committed in pins. What Nix does then is in
// package proof.
func TestStaleForUncommitted(t *testing.T) {
	for name, c := range map[string]uncommitted{
		"another reference, not committed": {committed: uncommittedBefore, tree: uncommittedAfter, locked: strings.Replace(uncommittedHeld, "acme/pins", "acme/base", 1),
			want: "warning stale-lock: `crane` is not in flake.lock; the flake.nix of `pins` has that, but not committed: commit and push it, then `nix flake update pins` settles it."},
		"another reference, committed": {committed: uncommittedAfter, tree: uncommittedAfter, locked: strings.Replace(uncommittedHeld, "acme/pins", "acme/base", 1), want: "warning stale-lock: `crane` is not in flake.lock; `nix flake lock` settles it."},
		"pins itself": {committed: uncommittedBefore, tree: uncommittedAfter, locked: uncommittedHeld, leaf: strings.Replace(uncommittedLeaf, "pins/new", "pins", 1),
			want: "warning stale-lock: `crane` is not in flake.lock; `nix flake lock` settles it."},
	} {
		t.Run(name, c.hold)
	}
}
