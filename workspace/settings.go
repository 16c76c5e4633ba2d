package workspace

import (
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
)

// Config is the settings in force for a file: those of every .nix-pins.toml in its folder and above, the nearer the stronger,
// and over them those of the editor. Roots do not matter, so that a file is judged alike whatever folder was opened.
func (s *Snapshot) Config(path string) *config.Config { return s.configIn(filepath.Dir(path)) }

// configIn is Config for the files of a folder.
func (s *Snapshot) configIn(dir string) *config.Config {
	folder := s.folderConfig(dir)
	if s.reads != nil {
		for f := folder; f != nil; f = f.above {
			s.noteFile(f.read.id, f.read.document, f.read.entry)
		}
	}
	return folder.config
}

// folderConfig is the settings of a folder.
type folderConfig struct {
	config *config.Config
	// above is the folder above, nil at the top.
	above *folderConfig
	// layer is what the folder's own settings file says, nil where there is none; read is the place of it.
	layer *config.Layer
	read  fileRead
}

func (s *Snapshot) folderConfig(dir string) *folderConfig {
	if known := s.caches.folders.get(dir); known != nil {
		return known
	}
	f := s.caches.folders.slab.take()
	if parent := filepath.Dir(dir); parent != dir {
		f.above = s.folderConfig(parent)
	}
	id, path := s.workspace.ids.kept(inFolder(dir, config.FileName))
	f.read = fileRead{id: id, document: s.open[path]}
	if f.read.document == nil {
		f.read.entry = s.disk.tree.get(f.read.id, path)
	}
	if file, err := s.File(path); err == nil {
		f.layer = file.Settings()
	}
	if f.layer == nil && f.above != nil {
		f.config = f.above.config
	} else if merged, ok := s.facts.merged.Load(dir); ok { // facts end when settings change
		f.config = merged.(*config.Config)
	} else {
		f.config = s.merged(f)
		s.facts.merged.Store(dir, f.config)
	}
	return s.caches.folders.put(dir, f)
}

// folderConfigs are the settings of the folders that were asked for. In a map of values of any kind each took four allocations.
type folderConfigs struct {
	lock  sync.RWMutex
	byDir map[string]*folderConfig
	slab  slab[folderConfig]
}

// get is nil where nobody has asked yet.
func (c *folderConfigs) get(dir string) *folderConfig {
	c.lock.RLock()
	defer c.lock.RUnlock()
	return c.byDir[dir]
}

// put gives the settings that were put first.
func (c *folderConfigs) put(dir string, f *folderConfig) *folderConfig {
	c.lock.Lock()
	defer c.lock.Unlock()
	if known := c.byDir[dir]; known != nil {
		return known
	}
	if c.byDir == nil {
		c.byDir = map[string]*folderConfig{}
	}
	c.byDir[dir] = f
	return f
}

// merged is what the layers give together.
func (s *Snapshot) merged(f *folderConfig) *config.Config {
	layers := []*config.Layer{s.settings}
	for ; f != nil; f = f.above {
		layers = append(layers, f.layer)
	}
	slices.Reverse(layers)
	return config.Merge(layers...)
}

// EditorSettings are the settings of the editor, nil where it has sent none. Those of a .nix-pins.toml are File.Settings.
func (s *Snapshot) EditorSettings() *config.Layer { return s.settings }

// inFolder is the path of a file in a folder whose path is clean. It is asked for each folder above a file at each keystroke, and
// filepath.Join took a fiftieth of that.
func inFolder(dir, name string) string {
	if os.IsPathSeparator(dir[len(dir)-1]) {
		return dir + name
	}
	return dir + string(filepath.Separator) + name
}
