// Command gen writes what is made from the code: the pages of the rules and of the commands, the page and the schema of the settings, the
// settings and commands of the VS Code extension, and the page of what each editor gets. `make gen` runs it; its test fails when a file
// is stale.
package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// header stands at the top of each generated page.
const header = "<!-- Written by `make gen` from the code. Do not edit. -->\n\n"

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// generate gives the content of every generated file, by its path below the root of the repository.
func generate(root string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, part := range []func(root string) (map[string][]byte, error){rulePages, settingsPage, settingsSchema, commandsPage, extensionManifest, clientsPage} {
		made, err := part(root)
		if err != nil {
			return nil, err
		}
		maps.Copy(files, made)
	}
	return files, nil
}

func write(root string) error {
	files, err := generate(root)
	if err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		full := filepath.Join(root, path)
		if old, err := os.ReadFile(full); err == nil && bytes.Equal(old, files[path]) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(full, files[path], 0o644); err != nil {
			return err
		}
		fmt.Println("wrote", path)
	}
	orphans, err := orphans(root, files)
	if err != nil {
		return err
	}
	for _, path := range orphans {
		if err := os.Remove(filepath.Join(root, path)); err != nil {
			return err
		}
		fmt.Println("removed", path)
	}
	return nil
}

// orphans are pages of rules that are no more.
func orphans(root string, files map[string][]byte) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(root, rulesFolder, "*.md"))
	if err != nil {
		return nil, err
	}
	var left []string
	for _, full := range found {
		path, err := filepath.Rel(root, full)
		if err != nil {
			return nil, err
		}
		if _, ok := files[filepath.ToSlash(path)]; !ok {
			left = append(left, path)
		}
	}
	return left, nil
}
