package ide

import (
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Link is a place of a file that leads elsewhere: to a page, or to a file of this machine.
type Link struct {
	Span text.Span
	// URL is the page, "" where Path, absolute, is the file.
	URL, Path string
	// Tooltip says where it leads.
	Tooltip string
}

// Links gives where the references of a flake.nix lead: the page of a repository or of a project, the flake.nix of a path. Ids are
// those that the registries here know. A reference whose host has no pages leads nowhere. A follows path leads to what changed
// between what is locked at its end and what pins has, if that is another commit.
//
// In a flake.lock a rev leads to the same, else to the page of the commit.
func Links(s *workspace.Snapshot, path string) []Link {
	if isLock(path) {
		return lockLinks(s, path)
	}
	flake := flakeOf(s, path)
	if flake == nil {
		return nil
	}
	r := newRequest(s, flake.File, parse.Flake, -1)
	r.ask()
	versions := r.pinsVersions(lock.NoNode)
	var links []Link
	for _, top := range flake.Inputs {
		top.Walk(func(in *workspace.Input) {
			if in.Syntax == nil || in.Syntax.Alias {
				return
			}
			if in.IsFollow && in.Syntax.Follows != nil && len(in.Follows) > 0 && len(versions) > 0 {
				if link, ok := followLink(flake, in, versions); ok {
					links = append(links, link)
				}
			} else if link, ok := referenceLink(s, flake, in); ok {
				links = append(links, link)
			}
		})
	}
	return links
}

// referenceLink is where the url of an input leads.
func referenceLink(s *workspace.Snapshot, flake *workspace.Flake, in *workspace.Input) (link Link, ok bool) {
	if in.Syntax.URL == nil || !in.HasReference || in.IsFollow {
		return link, false
	}
	link.Span = contentOf(in.Syntax.URL)
	if local, ok := s.LocalFlake(in, flake); ok {
		link.Path, link.Tooltip = local.File.Path, "Open its flake.nix"
		return link, true
	}
	reference := in.Reference
	if result, err := s.Registry().Resolve(reference, registry.FlakeInput); err == nil {
		reference = result.Ref
	}
	if link.URL = reference.WebURL(); link.URL == "" {
		return link, false
	}
	link.Tooltip = "Open " + link.URL
	if reference != in.Reference {
		link.Tooltip = "The registries resolve it to " + ref.Redact(reference.String()) + ": open " + link.URL
	}
	return link, true
}

// followLink is where the path that an input follows leads.
func followLink(flake *workspace.Flake, in *workspace.Input, versions map[lock.NodeID]pinsVersion) (link Link, ok bool) {
	n, err := flake.Lock.Resolve(in.Follows)
	if err != nil {
		return link, false
	}
	version, ok := versions[n.ID()]
	if !ok || version.compare == "" {
		return link, false
	}
	return Link{Span: contentOf(in.Syntax.Follows), URL: version.compare, Tooltip: compareTooltip(n, version)}, true
}

func compareTooltip(n lock.Node, version pinsVersion) string {
	return "Locked is " + versionLabel(n) + ", pins has " + version.String() + ": what changed"
}

// contentOf is the place of a field's value, without the quotes of a string.
func contentOf(field *parse.Field) text.Span {
	if value := field.Attr.Value; value != nil && value.Kind == parse.String {
		return value.Content
	}
	return field.Span()
}

func lockLinks(s *workspace.Snapshot, path string) []Link {
	file, err := s.File(path)
	if err != nil {
		return nil
	}
	r := newLockRequest(s, file)
	if r == nil {
		return nil
	}
	versions := map[lock.NodeID]pinsVersion{}
	if r.ask(); r.flake != nil && r.flake.Lock == r.graph {
		versions = r.pinsVersions(lock.NoNode)
	}
	var links []Link
	for n := range r.graph.Nodes() {
		if len(links) == maxSymbols {
			break
		}
		span, ok := revSpan(file.Text, n)
		if !ok {
			continue
		}
		if version, ok := versions[n.ID()]; ok && version.compare != "" {
			links = append(links, Link{Span: span, URL: version.compare, Tooltip: compareTooltip(n, version)})
		} else if page := n.Locked().WebURL(); page != "" {
			links = append(links, Link{Span: span, URL: page, Tooltip: "Open " + page})
		}
	}
	return links
}
