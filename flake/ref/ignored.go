package ref

import (
	"maps"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Param is one parameter of a reference's query.
type Param struct {
	Key, Value string    // decoded
	Span       text.Span // KEY=VALUE in the reference
	// Why says, in one sentence without a full stop, why Nix does not heed it.
	Why string
	// Better is the whole reference in a form that does what was meant, or without the parameter where nothing can do it;
	// "" where no form is known.
	Better string
}

// mostFindings bounds what is said of one reference: each finding holds a copy of it, and a hostile one has many.
const mostFindings = 20

// Ignored finds the parameters, up to 20, of a reference's query that Nix drops without an error. Parameters of git, hg, tarball and
// file URLs that are not Nix's own go to the server: they are not dropped. Unknown ones of path: are an error of ParseInput.
func Ignored(s string) []Param {
	end := len(s)
	if span, ok := FragmentOf(s); ok {
		end = span.Start
	}
	u, err := parseURL(strings.TrimSuffix(s[:end], "#"), true)
	if err != nil {
		return nil
	}
	typ, ok := typeOfScheme(u.scheme)
	if !ok {
		return nil
	}
	var list []Param
	seen := map[string]bool{}
	for _, p := range u.query {
		found := Param{Key: p.key, Value: p.value, Span: p.span}
		switch {
		case !p.hasValue && p.span.Empty():
			continue // && or a lone question mark says nothing
		case !p.hasValue:
			found.Why = "Nix drops a parameter that has no ="
			if typ == Git && slices.Contains(gitBooleans, p.key) {
				found.Better = replace(s, p.span, p.key+"=1")
			}
		case seen[p.key]:
			found.Why = "of two parameters with one name Nix takes the first"
		default:
			found.Why, found.Better = dropped(s, typ, u, p)
		}
		seen[p.key] = seen[p.key] || p.hasValue
		if found.Why == "" {
			continue
		}
		if found.Better == "" {
			found.Better = without(s, p.span)
		}
		if list = append(list, found); len(list) == mostFindings {
			break
		}
	}
	return list
}

// dropped says why Nix drops one parameter of a type of reference, "" if it does not, and a form that works, if there is one
// other than leaving the parameter out.
func dropped(s, typ string, u address, p parameter) (why, better string) {
	boolean := slices.Contains(gitBooleans, p.key)
	switch typ {
	case GitHub, GitLab, SourceHut:
		if slices.Contains([]string{"ref", "rev", "host", "dir", "narHash"}, p.key) {
			return "", ""
		}
		why = "a " + typ + ": reference knows ref, rev, host, dir and narHash; Nix before 2.35 drops other parameters, 2.35 refuses them"
		if boolean {
			return "a " + typ + ": reference is fetched as an archive, which has no " + p.key + "; only git+ has", asGit(s, p)
		}
	case Indirect:
		if p.key == "dir" {
			return "", ""
		}
		why = "a flake: reference knows only dir; ref and rev follow the id after a slash"
		if parts := nonEmpty(u.path); (p.key == "ref" || p.key == "rev") && len(parts) == 1 && u.querySpan.Len() == p.span.Len()+1 {
			better = parts[0] + "/" + p.value
			if _, err := Parse(better); err != nil {
				better = ""
			}
		}
		return why, better
	case Git:
		if !boolean || p.value == "1" || p.value == "0" {
			return "", ""
		}
		switch strings.ToLower(p.value) {
		case "true", "yes", "on":
			return "only 1 is true; Nix reads " + quote(p.value) + " as false", replace(s, p.span, encode(p.key, "")+"=1")
		}
		return "only 1 is true; Nix reads " + quote(p.value) + " as false", replace(s, p.span, encode(p.key, "")+"=0")
	case Tarball, File:
		switch p.key {
		case "name", "unpack", "url":
			return "Nix takes " + p.key + " for an attribute of its own and drops it: the server does not see it", ""
		case "revCount", "lastModified":
			if _, ok := parseCount(p.value); !ok {
				return "it is no number", ""
			}
		}
		return "", ""
	default:
		return "", ""
	}
	return why, ""
}

// asGit is a forge reference as a Git one with a Boolean set, "" if it cannot be read.
func asGit(s string, p parameter) string {
	r, err := ParseInput(s)
	if err != nil || !r.isForge() {
		return ""
	}
	address := "https://" + r.forgeHost() + "/" + r.Owner() + "/" + r.Repo()
	if r.typ != SourceHut {
		address += ".git"
	}
	attrs := Attrs{"type": Git, "url": address, p.key: p.value != "0" && p.value != "false"}
	kept := r.Attrs()
	maps.DeleteFunc(kept, func(name string, _ any) bool { return name != "ref" && name != "rev" && name != "dir" })
	maps.Copy(attrs, kept)
	git, err := FromAttrs(attrs)
	if err != nil {
		return ""
	}
	url, _ := git.URL(true)
	return url
}

func replace(s string, span text.Span, by string) string {
	return s[:span.Start] + by + s[span.End:]
}

// without is a reference without one parameter and the & or ? that is then too many.
func without(s string, span text.Span) string {
	switch {
	case span.End < len(s) && s[span.End] == '&':
		span.End++
	default:
		span.Start--
	}
	return replace(s, span, "")
}
