package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// maxFileList is how many bytes a list of files may have: a million paths have fewer.
const maxFileList = 256 << 20

// listedOf are those of the judged files that belong to a listed one: they stand in its folder, where it is a manifest or a lock, or below
// it, where it is settings; or they are those of a flake that reaches that of a listed file by its place on this disk, for which its inputs are
// others now. list is the name of the list's file, - for in; its paths are separated by NULs, or by line ends where it has
// none, and relative to the current folder. That a list of flakes has none that is judged is told to errs: its names may be meant otherwise.
func listedOf(s *workspace.Snapshot, in io.Reader, errs io.Writer, list string, files []string) ([]string, error) {
	if list != "-" {
		file, err := os.Open(list)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	content, err := io.ReadAll(io.LimitReader(in, maxFileList+1))
	if err != nil {
		return nil, fmt.Errorf("reading the list of files: %w", err)
	}
	if len(content) > maxFileList {
		return nil, fmt.Errorf("the list of files has more than %d bytes", maxFileList)
	}
	separator := "\n"
	if strings.ContainsRune(string(content), 0) {
		separator = "\x00"
	}
	folders, trees, first := map[string]bool{}, []string{}, ""
	for name := range strings.SplitSeq(string(content), separator) {
		if separator == "\n" && strings.HasPrefix(name, `"`) {
			return nil, fmt.Errorf("the list of files has a name in quotes, as Git writes names that are not plain: %s: let it list them with -z", name)
		}
		name = strings.TrimSuffix(name, "\r")
		path, err := filepath.Abs(name)
		if err != nil {
			return nil, err
		}
		switch base := filepath.Base(path); {
		case name == "":
			continue
		case base == config.FileName:
			trees = append(trees, resolvedFolder(path))
		case parse.KindOf(path) != parse.Other || base == "flake.lock" || base == "lock.json":
			folders[resolvedFolder(path)] = true
		default:
			continue
		}
		first = cmp.Or(first, name)
	}
	if first == "" {
		return nil, nil
	}
	for dir := range s.Reaching(func(dir string) bool { return folders[resolvedFolder(filepath.Join(dir, "flake.nix"))] }) {
		folders[resolvedFolder(filepath.Join(dir, "flake.nix"))] = true
	}
	judged := slices.DeleteFunc(files, func(path string) bool {
		path = filepath.Join(resolvedFolder(path), filepath.Base(path))
		return !folders[filepath.Dir(path)] && !slices.ContainsFunc(trees, func(tree string) bool { return holds(tree, path) })
	})
	if len(judged) == 0 {
		fmt.Fprintf(errs, "No flake that the list names is judged, %s first: it is gone, or meant from another folder than this one.\n", text.PrintableSource(first))
	}
	return judged, nil
}

// resolvedFolder is the folder of a file with links followed, or as it is where there is none.
func resolvedFolder(path string) string {
	dir := filepath.Dir(path)
	if resolved, err := filepath.EvalSymlinks(dir); err == nil {
		return resolved
	}
	return dir
}
