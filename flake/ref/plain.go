package ref

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// plainForge recognises the form in which nearly all references are written, `github:OWNER/REPO` or `github:OWNER/REPO/VERSION` (and those of the
// other forges) of letters, digits, `_`, `.` and `-`. Nothing can be wrong in one. version is a branch, a tag or a commit; ok is false for
// any other text, which says nothing of it.
func plainForge(s string) (typ, owner, repo, version string, ok bool) {
	typ, rest, ok := strings.Cut(s, ":")
	if !ok || typ != GitHub && typ != GitLab && typ != SourceHut {
		return "", "", "", "", false
	}
	slashes := 0
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case isLetter(c), isDigit(c), c == '-', c == '_', c == '.':
		case c == '/':
			slashes++
		default:
			return "", "", "", "", false
		}
	}
	owner, rest, _ = strings.Cut(rest, "/")
	repo, version, _ = strings.Cut(rest, "/")
	if slashes < 1 || slashes > 2 || owner == "" || repo == "" || slashes == 2 && !IsRefName(version) {
		return "", "", "", "", false
	}
	return typ, owner, repo, version, true
}

// readPlain reads what plainForge recognises.
func readPlain(s string) (Ref, bool) {
	typ, owner, repo, version, ok := plainForge(s)
	if !ok {
		return Ref{}, false
	}
	var f fields
	f.set("owner", owner)
	f.set("repo", repo)
	switch {
	case isHash(version):
		f.set("rev", version)
	case version != "":
		f.set("ref", version)
	}
	return f.ref(typ), true
}

// forgeSources remembers the sources of repositories on forges: in ten thousand flakes they are a few hundred, and each rule asks again.
var forgeSources [memoPlaces]atomic.Pointer[Source]

// forgeSource is the identity of a repository on a forge.
func forgeSource(host, owner, repo string) Source {
	repo = strings.TrimSuffix(repo, ".git")
	var room [longestRemembered]byte
	if len(host)+len(owner)+len(repo)+2 > len(room) {
		return Source(strings.ToLower(host + "/" + owner + "/" + repo))
	}
	text := append(append(append(append(append(room[:0], host...), '/'), owner...), '/'), repo...)
	for i, c := range text {
		switch {
		case c >= 0x80:
			return Source(strings.ToLower(string(text)))
		case 'A' <= c && c <= 'Z':
			text[i] = c | 0x20
		}
	}
	place := &forgeSources[maphash.Bytes(memoSeed, text)%memoPlaces]
	if known := place.Load(); known != nil && string(*known) == string(text) {
		return *known
	}
	source := Source(text)
	place.Store(&source)
	return source
}
