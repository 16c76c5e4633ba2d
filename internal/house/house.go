// Package house holds the test that keeps the packages apart as docs/architecture.md says: who may import whom, who may
// start a process, who may reach the network; that no work is done at each start which few runs need; and that the project's own
// flake.nix and package.nix fit the rest.
package house
