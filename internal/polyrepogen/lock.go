package polyrepogen

import (
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// node is a node of a lock that is being made.
type node struct {
	source *source
	// day is when the source was locked.
	day   int
	edges []edge
}

type edge struct {
	name    string
	to      *node
	follows []string
}

// lockOf locks inputs on a day as Nix does: what is below an input is what that input's own lock holds, and an override of
// who is further up counts. fixed gives the day on which an input of the root was locked, where that is another one.
func lockOf(inputs []input, day int, fixed map[string]int) *node {
	l := locker{overrides: map[string][]string{}, fixed: fixed}
	root := &node{}
	l.lock(root, inputs, nil, day, nil)
	return root
}

type locker struct {
	overrides map[string][]string // the path of an input → what it follows, from the root
	fixed     map[string]int
}

func (l *locker) lock(n *node, inputs []input, prefix []string, day int, within []*source) {
	inputs = slices.SortedFunc(slices.Values(inputs), func(a, b input) int { return cmp.Compare(a.name, b.name) })
	for _, in := range inputs {
		l.override(in, prefix, append(slices.Clone(prefix), in.name))
	}
	for _, in := range inputs {
		path := append(slices.Clone(prefix), in.name)
		if follows, ok := l.overrides[strings.Join(path, "/")]; ok {
			n.edges = append(n.edges, edge{name: in.name, follows: follows})
			continue
		}
		if in.isFollow {
			n.edges = append(n.edges, edge{name: in.name, follows: append(slices.Clone(prefix), in.follows...)})
			continue
		}
		at := day
		if len(prefix) == 0 && l.fixed[in.name] != 0 {
			at = l.fixed[in.name]
		}
		child := &node{source: in.to, day: in.to.changed(at)}
		n.edges = append(n.edges, edge{name: in.name, to: child})
		// The table holds one state of each source, so it may go in circles where real ones need an older state.
		if in.to.isFlake && !slices.Contains(within, in.to) {
			l.lock(child, in.to.inputs, path, child.day, append(within, in.to))
		}
	}
}

// override notes what an input says of the inputs below it.
func (l *locker) override(in input, prefix, path []string) {
	for _, o := range in.overrides {
		below := append(slices.Clone(path), o.name)
		if key := strings.Join(below, "/"); l.overrides[key] == nil && o.isFollow {
			l.overrides[key] = append(slices.Clone(prefix), o.follows...)
		}
		l.override(o, prefix, below)
	}
}

// changed is the last day up to the given one on which the source changed.
func (s *source) changed(day int) int {
	if s.attrs["rev"] != nil {
		return 1
	}
	h := s.hash(0)
	period, phase := 1+int(h[0])%60, int(h[1])
	if s.name == "nixpkgs" {
		period = 1 + period%3
	}
	return max(1, day-(day+phase)%period)
}

// hash is made of the source and a day.
func (s *source) hash(day int) [sha256.Size]byte {
	return sha256.Sum256(binary.LittleEndian.AppendUint32([]byte(s.url), uint32(day)))
}

// epoch is the first day, in seconds since 1970: in August 2023.
const epoch = 1_692_000_000

// locked are the attributes of the source as it was on a day.
func (s *source) locked(day int) ref.Attrs {
	h := s.hash(day)
	rev := sha1.Sum(h[:])
	a := ref.Attrs{
		"narHash":      "sha256-" + base64.StdEncoding.EncodeToString(h[:]),
		"lastModified": int64(epoch + day*86400 + int(binary.LittleEndian.Uint16(h[:]))),
		"rev":          hex.EncodeToString(rev[:]),
	}
	for _, name := range []string{"type", "owner", "repo", "host", "dir", "url"} {
		if value, ok := s.attrs[name]; ok {
			a[name] = value
		}
	}
	if value, ok := s.attrs["rev"]; ok {
		a["rev"] = value
	}
	switch a["type"] {
	case ref.Indirect:
		a["type"], a["owner"], a["repo"] = ref.GitHub, "NixOS", "nixpkgs"
	case ref.Git:
		a["ref"], a["revCount"] = "refs/heads/main", int64(1000+day)
		if branch, ok := s.attrs["ref"]; ok {
			a["ref"] = branch
		}
	case ref.Tarball:
		a["url"] = fmt.Sprintf("%s/%s.tar.gz", strings.TrimSuffix(s.url, ".tar.gz"), hex.EncodeToString(rev[:]))
		a["revCount"] = int64(1000 + day)
	}
	return a
}

// size is the number of nodes, the root among them.
func (n *node) size() int {
	count := 1
	for _, e := range n.edges {
		if e.to != nil {
			count += e.to.size()
		}
	}
	return count
}

// json is the text of the lock file as Nix writes it.
func (n *node) json() string {
	w := lockWriter{nodes: map[string]any{}}
	root := w.node("root", n)
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(map[string]any{"nodes": w.nodes, "root": root, "version": 7}); err != nil {
		panic(err) // strings and numbers only
	}
	return text.String()
}

type lockWriter struct{ nodes map[string]any }

// node writes a node, and those below it, and gives its key: the name of the first input that leads to it, with a number
// where that is taken.
func (w lockWriter) node(name string, n *node) string {
	key := name
	for i := 2; w.nodes[key] != nil; i++ {
		key = fmt.Sprintf("%s_%d", name, i)
	}
	members := map[string]any{}
	w.nodes[key] = members
	if n.source != nil {
		members["original"], members["locked"] = n.source.attrs, n.source.locked(n.day)
		if !n.source.isFlake {
			members["flake"] = false
		}
	}
	inputs := map[string]any{}
	for _, e := range n.edges {
		if e.to != nil {
			inputs[e.name] = w.node(e.name, e.to)
		} else {
			inputs[e.name] = e.follows
		}
	}
	if len(inputs) > 0 {
		members["inputs"] = inputs
	}
	return key
}

// names are the names of the inputs, sorted.
func names(inputs []input) []string {
	set := map[string]bool{}
	for _, in := range inputs {
		set[in.name] = true
	}
	return slices.Sorted(maps.Keys(set))
}
