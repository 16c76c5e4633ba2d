// Package deps holds the module graph while the packages that use it are written. It goes away before the first release.
package deps

import (
	_ "github.com/Masterminds/semver/v3"
	_ "github.com/agext/levenshtein"
	_ "github.com/alexaandru/go-sitter-forest/nix"
	_ "github.com/charlievieth/fastwalk"
	_ "github.com/go-git/go-git/v5/plumbing/format/gitignore"
	_ "github.com/go-json-experiment/json/jsontext"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/pelletier/go-toml/v2"
	_ "github.com/pelletier/go-toml/v2/unstable"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/sourcegraph/jsonrpc2"
	_ "github.com/spf13/cobra"
	_ "github.com/tliron/glsp/protocol_3_16"
	_ "github.com/tree-sitter/go-tree-sitter"
	_ "go.uber.org/goleak"
	_ "golang.org/x/term"
	_ "golang.org/x/tools/txtar"
	_ "pgregory.net/rapid"
)
