// Package parse reads Nix source into manifests: what a flake.nix, a mana.nix or an entrypoint.nix says of its inputs, with
// the place of every part. It is the only importer of tree-sitter and of cgo.
//
// A text goes through five steps, one file each:
//
//	text → text without faults (recognize.go finds the first as Nix's own parser would, repair.go mends it)
//	     → flat concrete tree (tree.go, one call into C, closed at once; its places are mapped back)
//	     → expressions (syntax.go): what stands where, and sets merged as Nix's own parser merges them
//	     → values (evaluate.go): what needs no application and no import is read, the rest is unknown
//	     → manifest (manifest.go): inputs, formals, comments, and what Nix's parser would refuse
//
// Two answers are kept apart: what a part's value is, and whether Nix's flake reader takes it in the form in which it is
// written (literal.go). `inputs.a.url = "x" + "y"` has the value "xy" and is refused.
//
// Nothing here evaluates Nix code, and nothing panics: broken text gives a manifest with all that can still be read.
package parse
