package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// maxFileList is how many bytes a list of files may have: a million paths have fewer.
const maxFileList = 256 << 20

// listedOf are those of the judged files that belong to a listed one: they stand in its folder, where it is a manifest or a lock, or below
// it, where it is settings. list is the name of the list's file, - for in; its paths are separated by NULs, or by line ends where it has
// none, and relative to the current folder.
func listedOf(in io.Reader, list string, files []string) ([]string, error) {
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
	folders, trees := map[string]bool{}, []string{}
	for name := range strings.SplitSeq(string(content), separator) {
		name = strings.TrimSuffix(name, "\r")
		path, err := filepath.Abs(name)
		if err != nil {
			return nil, err
		}
		switch base := filepath.Base(path); {
		case name == "":
		case base == config.FileName:
			trees = append(trees, filepath.Dir(path))
		case parse.KindOf(path) != parse.Other || base == "flake.lock" || base == "lock.json":
			folders[filepath.Dir(path)] = true
		}
	}
	return slices.DeleteFunc(files, func(path string) bool {
		return !folders[filepath.Dir(path)] && !slices.ContainsFunc(trees, func(tree string) bool { return holds(tree, path) })
	}), nil
}
