package ide

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// partNames are the names of attributes of references where the attribute's own is not what people say.
var partNames = map[string]string{
	"id": "Id", "owner": "Owner", "repo": "Repository", "ref": "Ref", "rev": "Rev", "dir": "Folder", "host": "Host", "path": "Path",
}

// referenceParts tell what a reference says, part by part.
func referenceParts(p *page, in *workspace.Input) {
	r := in.Reference
	p.part("Type", r.Type(), schemeDoc(in))
	attrs := r.Attrs()
	for _, a := range ref.Attributes(r.Type()) {
		value, ok := attrs[a.Name]
		if !ok {
			continue
		}
		name, text := partNames[a.Name], fmt.Sprint(value)
		if name == "" {
			name = a.Name
		}
		if a.Name == "url" {
			addressParts(p, text)
			continue
		}
		p.part(name, text, a.Doc)
	}
	if !in.IsFlake {
		p.part("Flake", "false", "A plain source: its flake.nix, if there is one, is not looked at.")
	}
}

// addressParts tell of the URL of a Git or Mercurial repository, an archive or a file.
func addressParts(p *page, address string) {
	u, err := url.Parse(address)
	if err != nil {
		p.part("url", address, "The address.")
		return
	}
	if u.User.Username() != "" {
		name := u.User.Username()
		if _, secret := u.User.Password(); secret || u.Scheme != "ssh" { // of https a name alone may be a token
			name = "***"
		}
		p.part("User", name, "Who logs in at the host.")
	}
	p.part("Host", u.Host, "The machine that has it.")
	p.part("Path", u.Path, "The place on the host.")
	query := u.Query()
	for _, key := range slices.Sorted(maps.Keys(query)) {
		_, value, _ := strings.Cut(ref.Redact("https://x/?"+key+"="+query.Get(key)), "=")
		p.part(key, value, "Goes to the server, as part of the address.")
	}
}

// schemeDoc is what the way to begin a reference means: as it is written, else as its type is written first.
func schemeDoc(in *workspace.Input) string {
	written := ""
	if in.Syntax != nil && in.Syntax.URL != nil {
		written, _ = in.Syntax.URL.Text()
	}
	doc := ""
	for _, scheme := range ref.Schemes() {
		if scheme.Type != in.Reference.Type() {
			continue
		}
		if strings.HasPrefix(strings.ToLower(written), scheme.Name) {
			return scheme.Doc
		}
		if doc == "" {
			doc = scheme.Doc
		}
	}
	return doc
}

// part is a line with what one part of a reference is and means.
func (p *page) part(name, value, doc string) {
	if value == "" {
		return
	}
	p.name(name)
	p.WriteString(p.shown(ref.Redact(value), true))
	if doc != "" {
		p.write(" — ", p.shown(firstSentence(doc), false))
	}
	p.WriteByte('\n')
}
