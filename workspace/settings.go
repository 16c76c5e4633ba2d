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
	dir := filepath.Dir(path)
	if known, ok := s.caches.folders.Load(dir); ok {
		folder := known.(*folderConfig)
		for _, f := range folder.reads {
			s.noteFile(f.id, f.document, f.entry)
		}
		return folder.config
	}
	files, reads := s.settingsFiles(dir)
	var key strings.Builder
	for _, file := range files {
		key.WriteString(file.Path)
		key.WriteByte(0)
	}
	known, ok := s.caches.configs.Load(key.String())
	if !ok {
		layers := make([]*config.Layer, 0, len(files)+1)
		for _, file := range files {
			layers = append(layers, file.Settings())
		}
		known, _ = s.caches.configs.LoadOrStore(key.String(), config.Merge(append(layers, s.settings)...))
	}
	c := known.(*config.Config)
	s.caches.folders.Store(dir, &folderConfig{c, reads})
	return c
}

// folderConfig is the settings of a folder, with the places at which a settings file is or could be.
type folderConfig struct {
	config *config.Config
	reads  []fileRead
}

// settingsFiles are the settings files that hold for a folder, the weakest first.
func (s *Snapshot) settingsFiles(dir string) (files []*File, reads []fileRead) {
	upwards(dir, func(at string) bool {
		path := filepath.Join(at, config.FileName)
		if file, err := s.File(path); err == nil {
			files = append(files, file)
		}
		read := fileRead{id: s.workspace.ids.of(path), document: s.open[path]}
		if read.document == nil {
			read.entry = s.disk.tree.get(read.id, path)
		}
		reads = append(reads, read)
		return true
	})
	slices.Reverse(files)
	return files, reads
}

// SettingsProblems are what is wrong in the editor's settings. Those of a .nix-pins.toml are File.Settings().Problems.
func (s *Snapshot) SettingsProblems() []config.Problem {
	if s.settings == nil {
		return nil
	}
	return s.settings.Problems
}
