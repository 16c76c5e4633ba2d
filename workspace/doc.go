// Package workspace holds all manifests, locks and registries of a polyrepo as one immutable snapshot, and says who pins
// what for whom. It is the only package that finds and reads project files: rules, completion and reports ask a Snapshot.
//
// A Workspace is the one mutable thing. Each change to it (a document opened or edited, a file changed on disk, settings)
// gives a new Snapshot that shares with the last one all that did not change. A Snapshot never changes, so a request works
// on the one that it was given while newer ones are made.
package workspace
