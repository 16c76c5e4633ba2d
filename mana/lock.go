// Package mana is what mana (hsjobeki/mana), which locks Nix dependencies without flakes, writes to lock.json, and how its
// `shares` and `pins` choose a version. It does no I/O. The manifest mana.nix is read by package parse.
//
// It reads as mana's nix/importer.nix and nix/lib.nix of June 2026 do.
package mana

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/spanjson"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// MaxSize is the number of bytes from which on a lock.json is not read: 32 MiB.
const MaxSize = 32 << 20

// Error says that a file is no JSON at all, holds the markers of an unfinished merge, or is over MaxSize, and where.
type Error = spanjson.Error

// Root is the lock key of the project that owns the lock file.
const Root = ""

// Lock is one lock.json. It never changes.
//
// A lock key is the path of dependency names at which a source was first met, "/a/b"; two dependencies of one narHash have
// one key.
type Lock struct {
	// Problems are in the order of the file.
	Problems []Problem

	dependencies map[string][]Dependency
	sources      map[string]Source
}

// Dependency says which source a dependency of one project gets.
type Dependency struct {
	Name string
	// Key is the lock key of the source.
	Key            string
	NameSpan, Span text.Span
}

// Source is one locked source.
type Source struct {
	Key           string
	KeySpan, Span text.Span
	// Args are what fetchTree is called with: the parsed url and the manifest's `args`. Values are strings, int64s and
	// bools; the maps are shared and must not be changed.
	Args map[string]any
	// Locked is what fetchTree gave: rev, narHash, lastModified, lastModifiedDate, shortRev.
	Locked map[string]any
}

// Rev is the locked commit hash, or "".
func (s Source) Rev() string {
	rev, _ := s.Locked["rev"].(string)
	return rev
}

// NarHash is the locked hash as an SRI string, or "". mana merges sources by it.
func (s Source) NarHash() string {
	hash, _ := s.Locked["narHash"].(string)
	return hash
}

// LastModified is the time of the locked commit, in UTC. ok is false where the lock does not tell.
func (s Source) LastModified() (at time.Time, ok bool) {
	seconds, ok := s.Locked["lastModified"].(int64)
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0).UTC(), true
}

// Keys are the lock keys of all sources, sorted.
func (l *Lock) Keys() []string { return slices.Sorted(maps.Keys(l.sources)) }

// Source is the source of a lock key.
func (l *Lock) Source(key string) (Source, bool) {
	s, ok := l.sources[key]
	return s, ok
}

// Dependencies are those of the project with the lock key (Root for our own), sorted by name. They exist only where that
// project has a mana.nix. The slice is shared and must not be changed.
func (l *Lock) Dependencies(key string) []Dependency { return l.dependencies[key] }

// PathError says that a path of dependency names leads to no source.
type PathError struct {
	Path []string
	// At is the index in Path of the first name that leads nowhere.
	At int
	// Key is the lock key that has no source, or "" where the project has no such dependency.
	Key string
}

func (e *PathError) Error() string {
	name := strings.Join(e.Path[:e.At+1], "/")
	if e.Key != "" {
		return fmt.Sprintf("the dependency %q leads to %q, which `sources` lacks", name, e.Key)
	}
	return fmt.Sprintf("lock.json has no dependency %q", name)
}

// Resolve is the source that a path of dependency names leads to from our own project; the path has one name at least. The
// error is a *PathError.
func (l *Lock) Resolve(path ...string) (Source, error) {
	key := Root
	var source Source
	for i, name := range path {
		at, ok := slices.BinarySearchFunc(l.dependencies[key], name, func(d Dependency, name string) int { return strings.Compare(d.Name, name) })
		if !ok {
			return Source{}, &PathError{Path: path, At: i}
		}
		key = l.dependencies[key][at].Key
		if source, ok = l.sources[key]; !ok {
			return Source{}, &PathError{Path: path, At: i, Key: key}
		}
	}
	return source, nil
}

// Dependents are the lock keys of the projects that use the source of a key, sorted, Root among them.
func (l *Lock) Dependents(key string) []string {
	var dependents []string
	for project, list := range l.dependencies {
		if slices.ContainsFunc(list, func(d Dependency) bool { return d.Key == key }) {
			dependents = append(dependents, project)
		}
	}
	slices.Sort(dependents)
	return dependents
}
