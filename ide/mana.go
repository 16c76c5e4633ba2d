package ide

import (
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/mana"
)

// mana completes a mana.nix.
func (r *request) mana() {
	p := r.place
	switch {
	case p.kind == atKey && len(p.path) == 0:
		for _, a := range manaAttributes {
			r.attribute(a)
		}
	case p.kind == atKey && len(p.path) == 2 && p.path[0] == "dependencies":
		for _, a := range dependencyAttributes {
			r.attribute(a)
		}
	case p.kind == atKey && len(p.path) == 2 && p.path[0] == "groups":
		for _, name := range r.members("dependencies") {
			if !r.has("groups", p.path[1], name) {
				r.offer(1, r.statement(Item{ID: "dependency:" + name, Label: name, Kind: DependencyItem}, name, "", "[ ]", ""))
			}
		}
	case p.kind == atKey && len(p.path) == 1 && p.path[0] == "groups" && !r.has("groups", "eval"):
		r.offer(1, r.statement(Item{ID: "attribute:groups:eval", Label: "eval", Kind: AttributeItem}, "eval", "", "{ ", "}"))
	case p.kind == inList || p.kind == inListString:
		r.manaList()
	case p.kind == atValue && slices.Equal(p.path, []string{"entrypoint"}):
		r.entrypoints()
	case p.kind == atValue && len(p.path) == 3 && p.path[0] == "dependencies" && p.path[2] == "entrypoint":
		r.word("null")
	case (p.kind == inString || p.kind == atValue) && len(p.path) == 3 && p.path[0] == "dependencies" && p.path[2] == "url":
		r.references(p.path[1:2])
	case p.kind == atValue && slices.Equal(p.path, []string{"debug"}):
		r.booleans()
	}
}

// manaList completes an element of a list.
func (r *request) manaList() {
	offer := func(item Item) {
		if !slices.Contains(r.place.elements, item.Label) {
			r.offer(1, r.quoted(item, r.place.word.Start, item.Label))
		}
	}
	switch p := r.place.path; {
	case len(p) == 1 && (p[0] == "shares" || p[0] == "pins"):
		for _, name := range r.members("dependencies") {
			offer(Item{ID: "dependency:" + name, Label: name, Kind: DependencyItem})
		}
	case len(p) == 3 && p[0] == "dependencies" && p[2] == "pins":
		for _, name := range r.lockedBelow(p[1]) {
			offer(Item{ID: "dependency:" + p[1] + ":" + name, Label: name, Kind: DependencyItem, Detail: "dependency of " + p[1] + " in lock.json"})
		}
	case len(p) == 3 && p[0] == "groups":
		offer(Item{ID: "value:eval", Label: "eval", Kind: ValueItem, Detail: "the group that every project has"})
	}
}

// lockedBelow are the names of the dependencies of a dependency, as far as lock.json knows them.
func (r *request) lockedBelow(dependency string) (names []string) {
	file, err := r.snapshot.File(filepath.Join(r.dir(), "lock.json"))
	if err != nil {
		return nil // there is none yet
	}
	lock, err := mana.Parse(file.Text)
	if err != nil {
		r.snapshot.Log().Info("a lock.json cannot be read", "path", file.Path, "error", err)
		return nil
	}
	for _, own := range lock.Dependencies(mana.Root) {
		if own.Name == dependency {
			for _, d := range lock.Dependencies(own.Key) {
				names = append(names, d.Name)
			}
		}
	}
	return names
}

// entrypoints completes the path of a project's entrypoint, one name of it at a time: the Nix files, and the folders that lead to others.
func (r *request) entrypoints() {
	typed := r.typed(r.place.word.Start)
	base, last := typed[:strings.LastIndexByte(typed, '/')+1], typed[strings.LastIndexByte(typed, '/')+1:]
	switch {
	case last == "..":
		base, last = base+"../", ""
	case base == "":
		base, last = "./", strings.TrimPrefix(last, ".")
	case !strings.HasPrefix(base, "./") && !strings.HasPrefix(base, "../"):
		return // of the whole disk, of a home: of one machine
	}
	dir, end := filepath.Join(r.dir(), filepath.FromSlash(base)), r.place.word.End
	if i := strings.IndexByte(r.source[r.cursor:end], '/'); i >= 0 {
		end = r.cursor + i // what is behind the cursor's name stays
	}
	offer := func(rank byte, item Item, name string) {
		if strings.ContainsFunc(name, func(c rune) bool { return c >= utf8.RuneSelf || !isPathByte(byte(c)) }) {
			return // no path of Nix can be written with it
		}
		path := base + name
		item.ID, item.Label, item.FilterText = "path:"+path, path, path
		if !strings.HasPrefix(path, typed) && !strings.HasPrefix(typed, ".") {
			item.FilterText = name // somebody types the name alone
		}
		item.Edit = text.Edit{Span: text.Span{Start: r.place.word.Start, End: end}, New: path}
		if item.Kind == FileItem && end == r.place.word.End && !r.endsHere() {
			item.Edit.New += ";"
		}
		r.offer(rank, item)
	}
	files, moreFiles := r.snapshot.NixFiles(dir, last)
	for _, name := range files {
		rank := byte(2)
		switch own := dir == r.dir(); {
		case own && name == filepath.Base(r.file.Path), own && name == "default.nix":
			continue // the manifest; the file by which mana reads it
		case name == "entrypoint.nix":
			rank = 1
		}
		offer(rank, Item{Kind: FileItem}, name)
	}
	folders, moreFolders := r.snapshot.Folders(dir, last, false)
	for _, f := range folders {
		offer(3, Item{Kind: FolderItem}, f.Name)
	}
	r.incomplete = r.incomplete || moreFiles || moreFolders
}

var manaAttributes = []attribute{
	{"name", `"`, `"`, "The name of the project."},
	{"description", `"`, `"`, "A short text that says what the project is."},
	{"entrypoint", `./entrypoint.nix`, "", "The file whose function gets the dependencies. Required."},
	{"dependencies", `{ `, `}`, "What the project depends on."},
	{"groups", `{ `, `}`, "Which dependencies are available, by group: one in no group is locked and never available."},
	{"shares", `[ "`, `" ]`, "Dependencies whose version the whole tree below uses."},
	{"pins", `[ "`, `" ]`, "Dependencies whose own version is kept whatever a parent shares."},
	{"debug", `true`, "", "Whether mana says what it does; only that of the root counts."},
}

var dependencyAttributes = []attribute{
	{"url", `"`, `"`, "The reference of the dependency. Required."},
	{"pins", `[ "`, `" ]`, "Dependencies of it whose version is kept whatever is shared."},
	{"entrypoint", `null`, "", "The file to import instead of its own entrypoint; `null` for the plain source."},
	{"args", `{ `, `}`, "More arguments of fetchTree, over those of the url."},
}
