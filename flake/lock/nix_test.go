package lock

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

const unchanged = "requires lock file changes but they're not allowed"

// metadata asks Nix about a flake.nix with a lock, offline. Its answer is "" if the lock satisfies flake.nix.
func metadata(t *testing.T, nix *realtools.Nix, flake, lock string) (json.RawMessage, string) {
	t.Helper()
	dir := realtools.TempDir(t)
	realtools.WriteFiles(t, dir, map[string]string{"flake.nix": flake, "flake.lock": lock})
	answer, _, err := nix.FlakeMetadata("path:"+dir, "--no-update-lock-file")
	if err != nil {
		return nil, err.Error()
	}
	return answer, ""
}

// good is a node that Nix accepts.
const good = `"original":{"type":"indirect","id":"x"},"locked":{"type":"path","path":"/x","narHash":"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`

func nodes(root, others string) string {
	return `{"version":7,"root":"root","nodes":{"root":{` + root + `}` + others + `}}`
}

// Breaks when Parse and Nix do not agree on which lock files can be read, or when a fault gets another code.
func TestRejected(t *testing.T) {
	nix := realtools.NewNix(t)
	a := `"inputs":{"a":"a"}`
	node := func(members string) string { return nodes(a, `,"a":{`+members+`}`) }
	original := `"original":{"type":"indirect","id":"x"},`
	for _, c := range []struct{ source, codes string }{
		{nodes(a, `,"a":{`+good+`}`), ""},
		{"\ufeff" + nodes(a, `,"a":{`+good+`}`), ""},
		{``, "error"},
		{`{`, "error"},
		{nodes("", "") + "x", "error"},
		{"{\n<<<<<<< HEAD\n}", "error"},
		{`[]`, "wrong-type"},
		{`{}`, "missing-attribute unsupported-version"},
		{`{"version":7,"root":"root"}`, "missing-node"},
		{`{"version":7,"root":"root","nodes":{}}`, "missing-node"},
		{`{"version":7,"root":1,"nodes":{}}`, "wrong-type missing-node"},
		{`{"version":7,"root":"root","nodes":[]}`, "missing-node wrong-type"},
		{`{"version":4,"root":"root","nodes":{"root":{}}}`, "unsupported-version"},
		{`{"version":5,"root":"root","nodes":{"root":{}}}`, ""},
		{`{"version":8,"root":"root","nodes":{"root":{}}}`, "unsupported-version"},
		{`{"version":"7","root":"root","nodes":{"root":{}}}`, "wrong-type unsupported-version"},
		{`{"version":7.5,"root":"root","nodes":{"root":{}}}`, ""},
		{`{"version":99999999999999999999,"root":"root","nodes":{"root":{}}}`, "wrong-type unsupported-version"},
		{`{"version":4,"version":7,"root":"root","nodes":{"root":{}}}`, "duplicate-name"},
		{`{"version":7,"root":"root","nodes":{"root":{"inputs":{"a":"nope"}},"root":{}}}`, "duplicate-name"},
		{`{"version":7,"root":"root","nodes":{"root":7}}`, "wrong-type"},
		{nodes(`"inputs":null`, ""), ""},
		{nodes(`"inputs":7`, ""), "wrong-input"},
		{nodes(`"inputs":{"a":7}`, ""), "wrong-input"},
		{nodes(`"inputs":{"a":[7]}`, ""), "wrong-input"},
		{nodes(`"inputs":{"a":"b"}`, ""), "missing-node"},
		{nodes(`"inputs":{"a":"root"}`, ""), "root-cycle"},
		{nodes(`"inputs":{"a":"nope","a":"a"}`, `,"a":{`+good+`}`), "duplicate-name"},
		{nodes(`"flake":7,"locked":7,"parent":7`, ""), "wrong-type wrong-type wrong-type"},
		{nodes("", `,"lost":{`+good+`}`), "unreachable-node"},
		{nodes("", `,"lost":{"locked":7}`), "unreachable-node wrong-type"},
		{nodes(`"inputs":{"a":["b"]}`, ""), "unknown-follows"},
		{nodes(`"inputs":{"a":["a"]}`, ""), "follows-cycle"},
		{nodes(`"inputs":{"a":[]}`, ""), ""},
		{node(``), "missing-attribute missing-attribute"},
		{node(original + `"locked":7`), "wrong-type"},
		{node(original + `"locked":{}`), "invalid-reference"},
		{node(original + `"locked":{"type":"path","path":"/x"}`), "unlocked-input"},
		{node(original + `"locked":{"type":"path","path":"./x"}`), ""},
		{node(original + `"locked":{"type":"path","path":"/x","narHash":null}`), "wrong-type"},
		{node(original + `"locked":{"type":"path","path":"/x","frob":"1"}`), "invalid-reference"},
		{node(original + `"locked":{"type":"github","owner":"o","repo":"r","ref":"main"}`), "unlocked-input"},
		{node(original + `"locked":{"type":"github","owner":"o","repo":"r","rev":"0000000000000000000000000000000000000001"}`), ""},
		{node(original + `"locked":{"type":"git","url":"https://x.y/z","rev":"0000000000000000000000000000000000000000"}`), "unlocked-input"},
		{node(original + `"locked":{"type":"git","url":"https://x.y/z","narHash":"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`), "unlocked-input"},
		{node(original + `"locked":{"type":"git","url":"https://x.y/z","rev":"0000000000000000000000000000000000000001"}`), ""},
		{node(original + `"locked":{"type":"tarball","url":"https://x.y/z.tar.gz"}`), "unlocked-input"},
		{node(original + `"locked":{"type":"indirect","id":"x"}`), "unlocked-input"},
		{node(original + `"locked":{"type":"path","path":"/x"},"info":{"narHash":"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`), ""},
		{node(`"original":{"type":"github","owner":"o"},"locked":{"type":"path","path":"./x"}`), "invalid-reference"},
		{node(good + `,"flake":7`), "wrong-type"},
		{node(good + `,"flake":null`), "wrong-type"},
		{node(good + `,"parent":["a",7]`), "wrong-type"},
		{node(good + `,"parent":"a"`), "wrong-type"},
		{node(good + `,"parent":[]`), ""},
		{node(good + `,"frob":[]`), ""},
	} {
		_, answer := metadata(t, nix, "{ outputs = _: { }; }", c.source)
		refused := answer != "" && !strings.Contains(answer, unchanged)
		codes, rejected := []string{"error"}, true
		if g, err := Parse(c.source); err == nil {
			codes, rejected = nil, false
			for _, p := range g.Problems {
				codes, rejected = append(codes, string(p.Code)), rejected || p.Rejected
			}
		}
		if got := strings.Join(codes, " "); got != c.codes || rejected != refused {
			t.Errorf("%s\nParse: %q, rejected %v; want %q\nNix: refused %v %s", c.source, got, rejected, c.codes, refused, answer)
		}
	}
}
