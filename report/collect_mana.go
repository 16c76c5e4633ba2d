package report

import (
	"path/filepath"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/mana"
)

const (
	manaName = "mana.nix"
	roleMana = "mana"
)

// manaProjects gives the rows of the mana projects: each counts as a flake, whose folder ends in mana.nix, so that it is told from one
// beside it. Their sources are those of lock.json.
func (c *collector) manaProjects() {
	s := c.snapshot
	for path := range s.Judged() {
		dir := filepath.Dir(path)
		if filepath.Base(path) != manaName || s.Exempt(path) || c.scope.Includes != nil && !c.scope.Includes(dir) {
			continue
		}
		name := c.repo(dir)
		base := Row{Repo: name.repo, Folder: strings.TrimPrefix(name.folder+"/"+manaName, "/"), Path: c.path(path), Role: roleMana}
		row := base
		row.Kind = KindFlake
		if !c.emit(&row) {
			return
		}
		c.manaSources(base, filepath.Join(dir, "lock.json"))
	}
}

// manaSources gives the sources of a lock.json; none where it is not there or cannot be read.
func (c *collector) manaSources(base Row, path string) {
	file, err := c.snapshot.File(path)
	if err != nil {
		return
	}
	locked, err := mana.Parse(file.Text)
	if err != nil {
		c.snapshot.Log().Warn("a lock.json cannot be read", "path", path, "error", err)
		return
	}
	for _, key := range locked.Keys() {
		source, _ := locked.Source(key)
		r, err := ref.FromAttrs(ref.Attrs(source.Args))
		if err != nil || r.Relative() {
			continue
		}
		row := base
		row.Kind, row.IsFlake = KindSource, false
		row.Input = strings.TrimPrefix(key, "/")
		row.Depth = 1 + strings.Count(row.Input, "/")
		row.Source, row.Original, row.Ref = string(c.snapshot.Source(r)), c.text(r), r.Ref()
		row.Rev, row.NarHash = source.Rev(), source.NarHash()
		row.Version = row.Rev
		if row.Version == "" {
			row.Version = strings.TrimPrefix(row.NarHash, "sha256-")
		}
		row.LastModified, _ = source.LastModified()
		if row.Rev != "" {
			row.Locked = c.text(r.WithRev(row.Rev))
		}
		if row.Input == "" || row.Source == "" || row.Version == "" {
			continue
		}
		if !c.emit(&row) {
			return
		}
	}
}
