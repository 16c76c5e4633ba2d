// Package release knows the half-yearly releases of nixpkgs and of the projects that make a branch for each of them
// (home-manager, nix-darwin, stylix): which one a reference asks for, how long it has support, and what the same reference is
// called for another one. It knows no list of releases: they follow from the date, since nixpkgs has kept its calendar from
// 2013 on, and it does no I/O.
package release
