package realtools

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Program is the path of a program that runs `nix` as Run does, whatever the environment of who starts it: for what starts a nix
// by itself.
func (n *Nix) Program(t testing.TB) string {
	t.Helper()
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
	var script strings.Builder
	script.WriteString("#!/bin/sh\n")
	for _, variable := range n.env {
		script.WriteString("export " + quote(variable) + "\n")
	}
	script.WriteString("exec")
	for _, word := range append(n.isolate[:len(n.isolate):len(n.isolate)], n.nix) {
		script.WriteString(" " + quote(word))
	}
	script.WriteString(" \"$@\"\n")
	path := filepath.Join(n.home, "program", "nix")
	WriteFiles(t, n.home, map[string]string{"program/nix": script.String()})
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// ConfigHome is $XDG_CONFIG_HOME of this Nix: its user's registry is nix/registry.json below it.
func (n *Nix) ConfigHome() string { return filepath.Join(n.home, "config") }
