// Package store tells where Nix keeps what a flake.lock has locked. It does no I/O.
package store

import (
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"path"

	"github.com/nix-community/go-nix/pkg/nixhash"
	"github.com/nix-community/go-nix/pkg/storepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// Path is the store path, in the store of a folder (/nix/store), of the source that a locked reference stands for. It follows from the
// narHash and the name alone, as that of every source that is addressed by its content and refers to nothing (Nix manual: Complete
// Store Path Calculation, type "source"). ok is false where the lock has no SHA-256 narHash, or a name that no store path can have.
// Whether anything lies there is not asked.
func Path(folder string, locked ref.Ref) (at string, ok bool) {
	hash, err := nixhash.ParseAny(locked.NarHash(), nil)
	if err != nil || hash.Algo().Func() != crypto.SHA256 {
		return "", false
	}
	name := "source"
	if given, ok := locked.Attrs()["name"].(string); ok {
		name = given
	}
	sum := sha256.Sum256([]byte("source:sha256:" + hex.EncodeToString(hash.Digest()) + ":" + folder + ":" + name))
	p := storepath.StorePath{Name: name, Digest: nixhash.CompressHash(sum[:], storepath.PathHashSize)}
	if p.Validate() != nil || name == "" {
		return "", false
	}
	return path.Join(folder, p.String()), true
}
