package workspace_test

import (
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Breaks when a store of another folder, or one below another root, is looked for where the usual one is.
func TestStoreOfTheProcess(t *testing.T) {
	for _, c := range []struct{ folder, remote, store, root string }{
		{"", "", "/nix/store", ""},
		{"", "daemon", "/nix/store", ""},
		{"/gnu/store", "", "/gnu/store", ""},
		{"", "/home/me/nix", "/nix/store", "/home/me/nix"},
	} {
		t.Setenv("NIX_STORE_DIR", c.folder)
		t.Setenv("NIX_REMOTE", c.remote)
		if e := workspace.ProcessEnvironment(); e.Store != c.store || e.StoreRoot != c.root {
			t.Errorf("%+v: %q below %q", c, e.Store, e.StoreRoot)
		}
	}
}
