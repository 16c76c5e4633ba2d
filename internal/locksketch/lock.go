package locksketch

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// lock makes the attributes `locked` that Nix would have written for a reference.
func (w words) lock(original ref.Ref) (ref.Attrs, error) {
	base := original
	if w.locked != "" {
		var err error
		if base, err = ref.ParseInputOf(w.locked, !w.plain); err != nil {
			return nil, fmt.Errorf("locked=%s is no flake reference: %w", w.locked, err)
		}
	}
	if base.Type() == ref.Indirect {
		return nil, fmt.Errorf("%q is an id; expected locked= with what it was locked to", base.String())
	}
	attrs := maps.Clone(base.Attrs())
	rev := Rev(cmp.Or(w.rev, base.Rev()))
	hasRev := w.rev != "" || base.Rev() != ""
	if base.Relative() {
		if len(w.rev)+len(w.day) > 0 {
			return nil, fmt.Errorf("a rev or a day for a relative path; expected none, because it is locked with the flake that holds it")
		}
		return attrs, nil
	}
	switch base.Type() {
	case ref.GitHub, ref.GitLab, ref.SourceHut:
		delete(attrs, "ref")
		fallthrough
	case ref.Git, ref.Mercurial:
		if !hasRev {
			return nil, fmt.Errorf("no rev for %q; expected rev= with up to 40 hexadecimal digits", base.String())
		}
		attrs["rev"] = rev
		if base.Type() == ref.Git && base.Ref() == "" {
			attrs["ref"] = "refs/heads/main"
		}
	case ref.Tarball, ref.File:
		if hub, ok := base.FlakeHub(); ok && w.locked == "" {
			attrs["url"] = pinned(hub, rev)
		}
		if hasRev {
			attrs["rev"] = rev
		}
	case ref.Path:
		if hasRev {
			return nil, fmt.Errorf("a rev for %q; expected none for a path", base.String())
		}
	}
	if w.count > 0 {
		attrs["revCount"] = w.count
	}
	if w.day != "" {
		day, err := time.Parse(time.DateOnly, w.day)
		if err != nil {
			return nil, err
		}
		attrs["lastModified"] = day.Add(12 * time.Hour).Unix()
	}
	if _, has := attrs["narHash"]; !has {
		content := string(base.Source()) + " " + w.rev
		if base.Type() == ref.Tarball || base.Type() == ref.File {
			content = base.String() + " " + w.rev
		}
		sum := sha256.Sum256([]byte(content + " " + w.day))
		attrs["narHash"] = "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
	}
	return attrs, nil
}

// pinned is the URL of one release, as FlakeHub redirects to it.
func pinned(hub ref.FlakeHub, rev string) string {
	version := strings.NewReplacer("*", "1", "^", "", "~", "", "=", "").Replace(hub.Requirement)
	release := fmt.Sprintf("%s-%s-7%s-8%s-%s", rev[:8], rev[8:12], rev[12:15], rev[15:18], rev[18:30])
	return fmt.Sprintf("https://api.flakehub.com/f/pinned/%s/%s/%s%%2Brev-%s/%s/source.tar.gz", hub.Org, hub.Project, version, rev, release)
}
