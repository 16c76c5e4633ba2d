package ide

import (
	"net/url"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// localPath is a reference to a place of this machine as far as it is typed: before the last slash, and behind it.
type localPath struct {
	// head is what stands before the path: "path:", "git+file://", nothing.
	head string
	// base is the path up to its last slash, last what is typed behind that; both as they are written.
	base, last string
	// git says that the path is of a Git repository.
	git bool
}

// readLocalPath reads what is typed of a reference; ok is false where that is of no local path, or not of one yet.
func readLocalPath(typed string) (p localPath, ok bool) {
	rest := typed
	switch {
	case strings.HasPrefix(typed, "path:"):
		p.head, rest = "path:", typed[len("path:"):]
	case strings.HasPrefix(typed, "git+file:"):
		p.head, p.git = "git+file:", true
		rest = typed[len(p.head):]
		if strings.HasPrefix(rest, "//") {
			p.head, rest = "git+file://", rest[2:]
		}
		if !strings.HasPrefix(rest, "/") {
			return localPath{}, false // Nix takes these from the root of the disk
		}
	case typed != "." && typed != ".." && !strings.HasPrefix(typed, "./") && !strings.HasPrefix(typed, "../") && !strings.HasPrefix(typed, "/"):
		return localPath{}, false
	}
	p.base, p.last = rest[:strings.LastIndexByte(rest, '/')+1], rest[strings.LastIndexByte(rest, '/')+1:]
	switch {
	case p.last == "..":
		p.base, p.last = p.base+"../", ""
	case p.base == "" && (p.last == "." || p.last == ""):
		p.base, p.last = "./", ""
	}
	return p, true
}

// encoded says that the path is a part of a URL. Another is taken as it stands.
func (p localPath) encoded() bool { return p.head != "" }

// decoded is a part of the path as the disk has it.
func (p localPath) decoded(part string) string {
	if !p.encoded() {
		return part
	}
	if name, err := url.PathUnescape(part); err == nil {
		return name
	}
	return part
}

// localPaths completes a reference to a folder of this machine, and says whether that is what is typed: one name of the path at a time. A
// relative one leads to what Nix takes for a part of this flake's source.
func (r *request) localPaths(start int, typed string, names []string) bool {
	p, ok := readLocalPath(typed)
	if !ok {
		return false
	}
	dir := filepath.FromSlash(p.decoded(p.base))
	relative := !filepath.IsAbs(dir)
	if relative {
		dir = filepath.Join(r.dir(), dir)
		if r.kind == parse.Mana || r.snapshot.OutOfSource(r.dir(), dir) { // mana has no relative references
			return true
		}
	}
	end := r.place.word.End
	if i := strings.IndexAny(r.source[r.cursor:end], "/?#"); i >= 0 && r.place.kind == inString {
		end = r.cursor + i // what is behind the cursor's name stays
	}
	source := false
	if value, _ := r.value(append(attributePath(names), "flake")...); value == "false" {
		source = true
	}
	folders, more := r.snapshot.Folders(dir, p.decoded(p.last), relative)
	r.incomplete = r.incomplete || more
	for _, f := range folders {
		path := filepath.Join(dir, f.Name)
		if path == r.dir() || !utf8.ValidString(f.Name) || strings.ContainsFunc(f.Name, unicode.IsControl) { // no name to write in a file
			continue
		}
		value, shown := p.head+p.base+f.Name, p.head+p.base+f.Name
		switch {
		case p.encoded():
			value = p.head + p.base + url.PathEscape(f.Name)
		case strings.ContainsAny(f.Name, "?#"), r.place.str.indented && !fitsIndented(value):
			// A ? or # ends a path that is no URL. An indented string with an escape is no literal to Nix, which takes nothing else.
			value = "path:" + (&url.URL{Path: p.base + f.Name}).EscapedPath()
		}
		if r.place.str.indented && !fitsIndented(value) {
			value = strings.NewReplacer("$", "%24", "'", "%27").Replace(value)
		}
		item := Item{ID: "folder:" + path, Label: shown, Kind: FolderItem, FilterText: shown}
		if strings.HasPrefix(value, typed) {
			item.FilterText = value
		}
		rank := byte(2)
		if f.Flake && (f.Repository || !p.git) {
			rank, item.Brief, item.Detail = 1, "flake", "flake"
		} else if f.Repository && p.git {
			item.Brief, item.Detail = "Git repository", "Git repository"
		}
		if source && (f.Repository || !p.git) {
			rank = 1
		}
		if end < r.place.word.End {
			item.Edit = text.Edit{Span: text.Span{Start: start, End: end}, New: r.inside(value)}
		} else {
			item = r.quoted(item, start, value)
		}
		r.offer(rank, item)
	}
	return true
}
