package ref

import "strings"

// String is the reference as Nix prints it (builtins.flakeRefToString, nix flake metadata). It reads well back, but not
// always to the same attributes: Nix leaves out the rev of a tarball, Booleans that are false, allRefs, and that a URL is of
// a plain file. URL keeps all.
func (r Ref) String() string {
	f := r.fields()
	query := map[string]string{}
	if dir := r.Dir(); dir != "" {
		query["dir"] = dir
	}
	put := func(list ...string) {
		for _, name := range list {
			if value, ok := f.lookup(name); ok {
				query[name] = value
			}
		}
	}
	switch r.typ {
	case Indirect, GitHub, GitLab, SourceHut:
		var path []string
		scheme := r.typ
		if r.typ == Indirect {
			scheme, path = "flake", []string{r.ID()}
		} else {
			path = []string{r.Owner(), r.Repo()}
			put("narHash", "host")
		}
		if ref, ok := f.lookup("ref"); ok {
			path = append(path, ref)
		}
		if r.Has("rev") {
			path = append(path, r.Rev())
		}
		return format(scheme, address{path: path}, query)
	case Path:
		put("rev", "revCount", "lastModified", "narHash")
		return format("path", address{path: strings.Split(r.Path(), "/")}, query)
	case Git, Mercurial:
		put("ref")
		if r.Has("rev") {
			query["rev"] = r.Rev()
		}
		if r.typ == Git {
			for _, name := range gitBooleans {
				if value, _ := f.lookup(name); value == "1" && name != "allRefs" {
					query[name] = value
				}
			}
			put("keytype", "publicKey", "publicKeys")
		}
	case Tarball, File:
		put("narHash")
	default:
		return ""
	}
	return r.withQuery("", query)
}

// withQuery prints the attribute url with parameters added to its own and a prefix before its scheme; Git and Mercurial
// have theirs. A url that is no URL, which only attributes can hold, is printed as it is.
func (r Ref) withQuery(prefix string, query map[string]string) string {
	u, err := parseURL(r.Address(), true)
	if err != nil {
		return r.Address()
	}
	all := u.settings()
	for name, value := range query {
		all[name] = value
	}
	switch {
	case r.typ == Mercurial:
		prefix = "hg+"
	case r.typ == Git && u.scheme != "git":
		prefix = "git+"
	}
	return format(prefix+u.scheme, u, all)
}

// URL is the form to write as the url of an input with the given `flake`: like String, but with nothing lost, with the
// slashes of a branch as they are and with no flake: where an id alone will do. ParseInputOf(url, flake) gives r again. ok is
// false, and url "", where attributes cannot all be written in a URL; then the input needs the attribute form.
func (r Ref) URL(flake bool) (url string, ok bool) {
	f := r.fields()
	query := map[string]string{}
	for _, a := range allowed[r.typ] {
		if value, ok := f.lookup(a.Name); ok && a.Query {
			query[a.Name] = value
		}
	}
	switch r.typ {
	case Indirect:
		var parts []string
		for _, name := range []string{"id", "ref", "rev"} {
			if value, ok := f.lookup(name); ok {
				parts = append(parts, value)
			}
		}
		if url = strings.Join(parts, "/"); len(query) == 0 && idPattern().MatchString(url) {
			break
		}
		url = format("flake", address{path: parts}, query)
	case GitHub, GitLab, SourceHut:
		path := []string{r.Owner(), r.Repo()}
		if ref := query["ref"]; ref != "" && !isHash(ref) && query["rev"] == "" {
			path = append(path, strings.Split(ref, "/")...)
			delete(query, "ref")
		}
		if isHash(query["rev"]) && query["ref"] == "" {
			path = append(path, query["rev"])
			delete(query, "rev")
		}
		url = format(r.typ, address{path: path}, query)
	case Path:
		url = format("path", address{path: strings.Split(r.Path(), "/")}, query)
	case Git, Mercurial, Tarball, File:
		url = r.withQuery("", query)
		if back, err := ParseInputOf(url, flake); err != nil || back != r {
			url = r.withQuery(r.typ+"+", query)
		}
	}
	if back, err := ParseInputOf(url, flake); err != nil || back != r {
		return "", false
	}
	return url, true
}
