package lsp

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/atomicfile"
	dispersion "github.com/nix-pins-lsp/nix-pins-lsp/report"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// reportResult is where the report is.
type reportResult struct {
	URI string `json:"uri"`
}

// openReport writes the report of the workspace and lets the client show it.
func openReport(ctx context.Context, x *execution) (any, error) {
	if err := x.whole(ctx); err != nil {
		return nil, err
	}
	roots := x.view.snapshot.Roots()
	if len(roots) == 0 {
		return nil, fmt.Errorf("no folder is open: there is nothing to report on")
	}
	root := workspace.CommonFolder(roots)
	progress := x.showWork(workDone{title: "Writing the report", token: x.token})
	defer progress.end()
	inventory := dispersion.NewInventory(func(yield func(*dispersion.Row) bool) {
		for row := range dispersion.Collect(x.view.snapshot, dispersion.Scope{Root: root}) {
			if ctx.Err() != nil || !yield(row) {
				return
			}
		}
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var page bytes.Buffer
	if err := dispersion.New(inventory).HTML(&page); err != nil {
		return nil, err
	}
	path, err := x.reportPath(root)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.Create(path, page.Bytes()); err != nil {
		return nil, err
	}
	result := reportResult{fileURI(path)}
	if x.client.ShowDocument {
		var shown struct{ Success bool }
		err := x.connection.call(ctx, "window/showDocument", protocol.ShowDocumentParams{URI: result.URI, External: &protocol.True, TakeFocus: &protocol.True}, &shown)
		if err == nil && shown.Success {
			return result, nil
		}
	}
	x.tell(protocol.MessageTypeInfo, "The report is in "+path)
	return result, nil
}

// reportPath is the file of the report on a folder, in the user's cache: one for each folder, so that they do not pile up.
func (x *execution) reportPath(root string) (string, error) {
	cache := x.options.Environment.WithDefaults().Cache
	if cache == "" {
		folder, err := os.MkdirTemp("", "nix-pins-lsp-*") // a name that others know could be theirs
		return filepath.Join(folder, "report.html"), err
	}
	folder := filepath.Join(cache, "nix-pins-lsp")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(root)) // it never fails
	return filepath.Join(folder, fmt.Sprintf("report-%08x.html", hash.Sum32())), nil
}
