// Package ref is flake references as Nix reads and prints them: as builtins.parseFlakeRef does, as an input's url and as
// attributes; the identity of the source behind one, its web page, and what is commonly wrong in one. It does no I/O and
// looks at no file: a relative path stays relative.
//
// What it knows was read from Nix 2.34.8 and is compared with it by the tests. Where releases differ, the docstring says so.
package ref

import (
	"encoding/binary"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// The types of references, as the attribute `type` names them.
const (
	Indirect  = "indirect"
	GitHub    = "github"
	GitLab    = "gitlab"
	SourceHut = "sourcehut"
	Git       = "git"
	Mercurial = "hg"
	Path      = "path"
	Tarball   = "tarball"
	File      = "file"
)

// Attrs are the attributes of a reference, `type` among them. A value is a string, an int64 or a bool.
type Attrs map[string]any

// Ref is one flake reference. It is immutable and comparable: two are equal exactly if Nix's attributes of them are, which
// is how flake.lock compares them (case counts). The zero Ref is no reference.
type Ref struct {
	typ string
	// The attributes but type, by name: the index into names as a byte, the length as a uvarint, the value as text. One
	// string is what makes a Ref a small map key; there are some hundred thousand of them in a large polyrepo.
	attrs string
}

// IsZero says whether r is no reference at all.
func (r Ref) IsZero() bool { return r.typ == "" }

// Type is the reference's type, one of the constants of this package; "" for the zero Ref.
func (r Ref) Type() string { return r.typ }

// Ref is the branch or tag, as written; "" if there is none.
func (r Ref) Ref() string { return r.get("ref") }

// Rev is the commit hash as Nix compares it (40 hexadecimal digits, lower case), or the text as written where it is no
// SHA-1 hash, which Nix only notices when it fetches; "" if there is none.
func (r Ref) Rev() string {
	rev := r.get("rev")
	if hash, ok := parseRev(rev); ok {
		return hash
	}
	return rev
}

// Dir is the folder of the flake within its source; "" for the top.
func (r Ref) Dir() string { return r.get("dir") }

// FlakeFolder is the folder of the flake where that of its source is this one. As Nix reads `dir`, no `..` in it leads out of the source.
func (r Ref) FlakeFolder(source string) string {
	return filepath.Join(source, filepath.FromSlash(path.Clean("/"+r.Dir())))
}

// NarHash is the hash of the unpacked source; "" if there is none.
func (r Ref) NarHash() string { return r.get("narHash") }

// ID is the registry id of an indirect reference, else "".
func (r Ref) ID() string { return r.get("id") }

// Owner is the owner (on GitLab with its groups) of a forge reference, else "".
func (r Ref) Owner() string { return r.get("owner") }

// Repo is the repository's name in a forge reference, else "".
func (r Ref) Repo() string { return r.get("repo") }

// Path is the path of a path reference, absolute or relative to the flake, else "".
func (r Ref) Path() string { return r.get("path") }

// Address is the attribute `url` of a git, hg, tarball or file reference, with no `git+` before it; else "".
func (r Ref) Address() string { return r.get("url") }

// Host is the host that a reference is fetched from, in lower case and without port: of a forge reference its `host` or the
// forge's own, of a reference with a URL the URL's. "" where there is none.
func (r Ref) Host() string {
	switch r.typ {
	case GitHub, GitLab, SourceHut:
		return strings.ToLower(r.forgeHost())
	case Git, Mercurial, Tarball, File:
		if u, err := parseURL(r.Address(), true); err == nil {
			return strings.ToLower(u.host)
		}
	}
	return ""
}

// Locked says whether the reference names one content for ever: it has a rev or a narHash.
func (r Ref) Locked() bool { return r.get("rev") != "" || r.get("narHash") != "" }

// Relative says whether it is a path relative to the flake that declares it.
func (r Ref) Relative() bool { return r.typ == Path && !strings.HasPrefix(r.Path(), "/") }

// Has says whether Nix's attributes hold one of this name.
func (r Ref) Has(name string) bool {
	if name == "type" {
		return !r.IsZero()
	}
	for rest := r.attrs; rest != ""; {
		var i int
		if i, _, rest = next(rest); names[i] == name {
			return true
		}
	}
	return false
}

// Attrs are exactly Nix's attributes, in a map of the caller's own.
func (r Ref) Attrs() Attrs {
	if r.IsZero() {
		return nil
	}
	attrs := Attrs{"type": r.typ}
	for rest := r.attrs; rest != ""; {
		var i int
		var value string
		i, value, rest = next(rest)
		switch name := names[i]; kinds[name] {
		case Integer:
			n, _ := strconv.ParseUint(value, 10, 64)
			attrs[name] = int64(n) // as Nix: its integers are signed
		case Boolean:
			attrs[name] = value == "1"
		default:
			attrs[name] = value
		}
	}
	return attrs
}

// Is says whether an attribute that is a Boolean, such as submodules, is true.
func (r Ref) Is(name string) bool { return kinds[name] == Boolean && r.get(name) == "1" }

// Integer is the value of an attribute that is a number, such as lastModified. ok is false where the reference has none.
func (r Ref) Integer(name string) (value int64, ok bool) {
	if kinds[name] != Integer {
		return 0, false
	}
	n, err := strconv.ParseUint(r.get(name), 10, 64) // as Nix: its integers are signed
	return int64(n), err == nil
}

// get is a text attribute, or "" if it is absent.
func (r Ref) get(name string) string {
	for rest := r.attrs; rest != ""; {
		var i int
		var value string
		i, value, rest = next(rest)
		if names[i] == name {
			return value
		}
	}
	return ""
}

// next takes the first attribute off an encoded list.
func next(attrs string) (index int, value, rest string) {
	length, width := uint64(attrs[1]), 1
	if length >= 0x80 {
		length, width = binary.Uvarint([]byte(attrs[1:min(len(attrs), 1+binary.MaxVarintLen64)]))
	}
	start := 1 + width
	end := start + int(length)
	return int(attrs[0]), attrs[start:end], attrs[end:]
}

// fields is a reference being read, made or changed: values by index into names, integers in decimal, booleans as 0 and 1.
type fields struct {
	has   [attributeCount]bool
	value [attributeCount]string
}

func (r Ref) fields() (f fields) {
	for rest := r.attrs; rest != ""; {
		var i int
		var value string
		i, value, rest = next(rest)
		f.has[i], f.value[i] = true, value
	}
	return f
}

func (f *fields) set(name, value string) {
	i := indexes[name]
	f.has[i], f.value[i] = true, value
}

func (f *fields) setBool(name string, value bool) {
	if value {
		f.set(name, "1")
	} else {
		f.set(name, "0")
	}
}

func (f *fields) drop(list ...string) {
	for _, name := range list {
		i := indexes[name]
		f.has[i], f.value[i] = false, ""
	}
}

func (f *fields) lookup(name string) (string, bool) {
	i, known := indexes[name]
	if !known || !f.has[i] {
		return "", false
	}
	return f.value[i], true
}

// ref encodes the fields.
func (f *fields) ref(typ string) Ref {
	size := 0
	for i := range names {
		if f.has[i] {
			size += 3 + len(f.value[i])
		}
	}
	b := make([]byte, 0, size)
	for i := range names {
		if f.has[i] {
			b = append(b, byte(i))
			b = binary.AppendUvarint(b, uint64(len(f.value[i])))
			b = append(b, f.value[i]...)
		}
	}
	return Ref{typ, string(b)}
}
