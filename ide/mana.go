package ide

import "slices"

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
	case (p.kind == inList || p.kind == inListString) && len(p.path) == 1 && (p.path[0] == "shares" || p.path[0] == "pins"):
		for _, name := range r.members("dependencies") {
			if !slices.Contains(p.elements, name) {
				r.offer(1, r.quoted(Item{ID: "dependency:" + name, Label: name, Kind: DependencyItem}, p.word.Start, name))
			}
		}
	case (p.kind == inString || p.kind == atValue) && len(p.path) == 3 && p.path[0] == "dependencies" && p.path[2] == "url":
		r.references(p.path[1:2])
	case p.kind == atValue && slices.Equal(p.path, []string{"debug"}):
		r.booleans()
	}
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
