package release

import (
	"regexp"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// On FlakeHub the releases are the minor versions of major version 0: 0.2505.812345 is the 812345th commit of 25.05, and
// 0.1.812345 one of the unstable branch. So the requirements 0 and * take the newest release that has come out, and 0.1 what
// is unstable.

// minor recognises a requirement, or a version, that stays within one minor version: an operator that does not leave it, the
// minor version, what stands behind it.
var minor = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([=~^]?)\s*0\.([0-9]+)((?:\.(?:[0-9]+|\*|x|X))?(?:[-+].*)?)$`)
})

func (b Branch) ofFlakeHub(hub ref.FlakeHub) (Branch, bool) {
	m := minor().FindStringSubmatch(hub.Requirement)
	if m == nil {
		return Branch{}, false
	}
	b.Name, b.Fixed, b.flakeHub = hub.Requirement, hub.Pinned, true
	if m[2] == "1" {
		return b, true
	}
	if len(m[2]) != 4 {
		return Branch{}, false
	}
	var ok bool
	b.Release, ok = Parse(m[2][:2] + "." + m[2][2:])
	return b, ok
}

// requirementOf is a requirement for another minor version, in the form of the old one. A patch number is of the old one alone.
func requirementOf(old, to string) string {
	m := minor().FindStringSubmatch(old)
	if m == nil {
		return ""
	}
	switch m[3] {
	case "", ".*", ".x", ".X":
		return m[1] + "0." + to + m[3]
	}
	return "0." + to + ".*"
}
