package ref

// contentAttributes speak of the content at one commit; they go when the commit does.
var contentAttributes = []string{"narHash", "lastModified", "revCount", "treeHash", "dirtyRev", "dirtyShortRev", "__final"}

// WithRef is r at another branch or tag. What held it at one commit (rev, narHash and their
// like) goes. For a type that has no ref (path, tarball, file) it is r as it is.
func (r Ref) WithRef(ref string) Ref {
	if !r.may("ref") {
		return r
	}
	return r.change(func(f *fields) {
		f.drop(contentAttributes...)
		f.drop("rev")
		f.set("ref", ref)
	})
}

// WithoutRef is r at the default branch.
func (r Ref) WithoutRef() Ref {
	return r.change(func(f *fields) { f.drop("ref") })
}

// WithRev is r at one commit. A forge reference loses its ref, since Nix refuses both. For a type that has no rev it is r
// as it is.
func (r Ref) WithRev(rev string) Ref {
	if !r.may("rev") {
		return r
	}
	return r.change(func(f *fields) {
		f.drop(contentAttributes...)
		if r.isForge() {
			f.drop("ref")
		}
		f.set("rev", rev)
	})
}

// WithoutRev is r with nothing that holds it at one content.
func (r Ref) WithoutRev() Ref {
	return r.change(func(f *fields) {
		f.drop(contentAttributes...)
		f.drop("rev")
	})
}

// Pinned is what a person can write to get exactly what r, the reference of a lock, holds: the commit, or the hash of an
// archive, and nothing that merely describes it. ok is false where nothing holds r.
func (r Ref) Pinned() (pinned Ref, ok bool) {
	switch {
	case r.may("rev") && r.Rev() != "":
		return r.WithRev(r.Rev()), true
	case r.NarHash() != "" && !r.Relative():
		return r.change(func(f *fields) {
			f.drop("rev", "lastModified", "revCount", "treeHash", "name", "__final")
		}), true
	}
	return Ref{}, false
}

// WithDir is r with the flake in another folder of the source; "" is its top.
func (r Ref) WithDir(dir string) Ref {
	return r.change(func(f *fields) {
		f.drop("dir")
		if dir != "" {
			f.set("dir", dir)
		}
	})
}

// Canonical is r as Nix compares it with the original of a lock's node: a dir that stands in the url as well, as older
// releases wrote it, is taken out of the url, and the url is written in Nix's form.
func (r Ref) Canonical() Ref {
	if r.Address() == "" {
		return r
	}
	u, err := parseURL(r.Address(), true)
	if err != nil {
		return r
	}
	query := u.settings()
	if dir := r.Dir(); dir != "" && query["dir"] == dir {
		delete(query, "dir")
	}
	return r.change(func(f *fields) { f.set("url", format(u.scheme, u, query)) })
}

// SameAs says whether Nix takes two references for the same when it compares one with the original of a lock's node.
func (r Ref) SameAs(other Ref) bool { return r == other || r.Canonical() == other.Canonical() }

func (r Ref) isForge() bool {
	return r.typ == GitHub || r.typ == GitLab || r.typ == SourceHut
}

func (r Ref) may(name string) bool {
	for _, a := range allowed[r.typ] {
		if a.Name == name {
			return r.typ != Tarball && r.typ != File && r.typ != Path
		}
	}
	return false
}

func (r Ref) change(edit func(*fields)) Ref {
	if r.IsZero() {
		return r
	}
	f := r.fields()
	edit(&f)
	return f.ref(r.typ)
}
