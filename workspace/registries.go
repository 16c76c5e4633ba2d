package workspace

import (
	"hash/maphash"
	"os"
	"path/filepath"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
)

// Registry is the registries of this machine: the user's, the system's and the global one. The global one is the file of the
// setting registry.flake-registry of the first root, else that of Nix's own setting flake-registry, else the copy that Nix
// keeps of its download, else our table of well-known ids. A file that cannot be read counts as empty, and is logged.
func (s *Snapshot) Registry() *registry.Set {
	s = s.asks(question{about: registries})
	s.facts.registryOnce.Do(func() {
		e := s.workspace.options.Environment
		var list []*registry.Registry
		add := func(path string, kind registry.Kind, provenance registry.Provenance) bool {
			r := s.registryFile(path, kind, provenance)
			if r != nil {
				list = append(list, r)
			}
			return r != nil
		}
		if e.Config != "" {
			add(filepath.Join(e.Config, "nix", registryName), registry.User, registry.Setting)
		}
		if e.System != "" {
			add(filepath.Join(e.System, registryName), registry.System, registry.Setting)
		}
		switch path, set := s.globalRegistry(); {
		case set && path == "": // an empty setting means that there is none
		case set && filepath.IsAbs(path):
			add(path, registry.Global, registry.Setting)
		case e.Cache != "" && add(filepath.Join(e.Cache, "nix", globalRegistryName), registry.Global, registry.CachedCopy):
		default:
			list = append(list, registry.WellKnown())
		}
		s.facts.registry = registry.NewSet(list...)
		s.facts.registryHash = hashOfRegistries(list)
	})
	return s.facts.registry
}

// ConfigurationFolders are the folders that are there of those in which Nix keeps its configuration and registries, of the user and of
// the system.
func (e Environment) ConfigurationFolders() []string {
	e = e.WithDefaults()
	var list []string
	for _, folder := range []string{e.Config, e.System} {
		if folder == "" {
			continue
		}
		if folder == e.Config {
			folder = filepath.Join(folder, "nix")
		}
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			list = append(list, folder)
		}
	}
	return list
}

func hashOfRegistries(list []*registry.Registry) uint64 {
	var h maphash.Hash
	h.SetSeed(answerSeed)
	for _, r := range list {
		maphash.WriteComparable(&h, [3]any{r.Kind, r.Provenance, r.Path})
		for _, e := range r.Entries {
			maphash.WriteComparable(&h, e)
		}
	}
	return h.Sum64()
}

func (s *Snapshot) registryFile(path string, kind registry.Kind, provenance registry.Provenance) *registry.Registry {
	file, err := s.File(path)
	if isMissing(err) {
		return nil
	}
	if err == nil {
		var r *registry.Registry
		if r, err = registry.Parse(file.Text, kind, provenance, path); err == nil {
			return r
		}
	}
	s.Log().Warn("a flake registry cannot be read", "path", path, "error", err)
	return nil
}

// globalRegistry is the value of the setting flake-registry: ours, else that of Nix, where the user's file is stronger than
// the system's. It may be a URL.
func (s *Snapshot) globalRegistry() (value string, set bool) {
	if len(s.roots) > 0 {
		if path := s.Config(filepath.Join(s.roots[0], flakeName)).Registry.FlakeRegistry; path != "" {
			return path, true
		}
	}
	e := s.workspace.options.Environment
	for _, dir := range []string{e.System, e.Config} {
		if dir == "" {
			continue
		}
		path := filepath.Join(dir, "nix.conf")
		if dir == e.Config {
			path = filepath.Join(dir, "nix", "nix.conf")
		}
		file, err := s.File(path)
		if err != nil {
			continue // most machines have only one of the two
		}
		for line := range strings.Lines(file.Text) {
			line, _, _ = strings.Cut(line, "#")
			if name, text, ok := strings.Cut(line, "="); ok && strings.TrimSpace(name) == "flake-registry" {
				value, set = strings.TrimSpace(text), true
			}
		}
	}
	return value, set
}
