package ide

import (
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
// those that the registries here know. A reference whose host has no pages leads nowhere.
func Links(s *workspace.Snapshot, path string) []Link {
	flake := flakeOf(s, path)
	if flake == nil {
		return nil
	}
	var links []Link
	for _, top := range flake.Inputs {
		top.Walk(func(in *workspace.Input) {
			if in.Syntax == nil || in.Syntax.Alias || in.Syntax.URL == nil || !in.HasReference || in.IsFollow {
				return
			}
			link := Link{Span: in.Syntax.URL.Span()}
			if value := in.Syntax.URL.Attr.Value; value.Kind == parse.String {
				link.Span = value.Content
			}
			if local, ok := s.LocalFlake(in, flake); ok {
				link.Path, link.Tooltip = local.File.Path, "Open its flake.nix"
				links = append(links, link)
				return
			}
			reference := in.Reference
			if result, err := s.Registry().Resolve(reference, registry.FlakeInput); err == nil {
				reference = result.Ref
			}
			if link.URL = reference.WebURL(); link.URL == "" {
				return
			}
			link.Tooltip = "Open " + link.URL
			if reference != in.Reference {
				link.Tooltip = "The registries resolve it to " + ref.Redact(reference.String()) + ": open " + link.URL
			}
			links = append(links, link)
		})
	}
	return links
}
