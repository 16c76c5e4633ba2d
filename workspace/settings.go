package workspace

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
)

// Config is the settings in force for a file: those of every .nix-pins.toml in its folder and above, the nearer the stronger,
// and over them those of the editor. Roots do not matter, so that a file is judged alike whatever folder was opened.
func (s *Snapshot) Config(path string) *config.Config {
	files := s.settingsFiles(filepath.Dir(path))
	var key strings.Builder
	for _, file := range files {
		key.WriteString(file.Path)
		key.WriteByte(0)
	}
	if known, ok := s.caches.configs.Load(key.String()); ok {
		return known.(*config.Config)
	}
	layers := make([]*config.Layer, 0, len(files)+1)
	for _, file := range files {
		layers = append(layers, file.Settings())
	}
	known, _ := s.caches.configs.LoadOrStore(key.String(), config.Merge(append(layers, s.settings)...))
	return known.(*config.Config)
}

// settingsFiles are the settings files that hold for a folder, the weakest first.
func (s *Snapshot) settingsFiles(dir string) []*File {
	var files []*File
	upwards(dir, func(at string) bool {
		if file, err := s.File(filepath.Join(at, config.FileName)); err == nil {
			files = append(files, file)
		}
		return true
	})
	slices.Reverse(files)
	return files
}

// SettingsProblems are what is wrong in the editor's settings. Those of a .nix-pins.toml are File.Settings().Problems.
func (s *Snapshot) SettingsProblems() []config.Problem {
	if s.settings == nil {
		return nil
	}
	return s.settings.Problems
}
