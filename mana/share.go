package mana

import "slices"

// Project is what decides over versions in a manifest: the names of its dependencies, its `shares` and its `pins`. (These
// `pins` protect a project's own versions; they are not the central flake of that name.)
type Project struct {
	Dependencies, Shares, Pins []string
}

// Supplier tells whose version a project's dependency gets. chain holds the projects from the root (first) to the one that
// declares the dependency (last); the answer is the index in chain of the project whose declaration is used: the last one,
// unless a share gives another.
//
// Below a project that shares a name, all dependencies of that name use the first one on the way down; an outer share wins
// over an inner one. A pin, of the project itself or of any above it, leaves a dependency as it is declared.
func Supplier(chain []Project, name string) int {
	own := len(chain) - 1
	share := slices.IndexFunc(chain, func(p Project) bool { return slices.Contains(p.Shares, name) })
	if share < 0 || slices.ContainsFunc(chain, func(p Project) bool { return slices.Contains(p.Pins, name) }) {
		return own
	}
	for i := share; i < own; i++ {
		if slices.Contains(chain[i].Dependencies, name) {
			return i
		}
	}
	return own
}
