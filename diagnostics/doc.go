// Package diagnostics holds the rules, one file each, and the engine that runs them.
//
// A rule is one value in one file: its code, its level, what it needs, its documentation and its check. Beside it stands
// one txtar archive of the same name that shows what is bad, what is good, and what each fix gives; the rule's page, its
// entry in the settings schema and the index are generated from the value and the archive. Nothing else is touched to add
// one.
//
// A rule does no I/O of its own: it asks the workspace.Snapshot of its Pass.
package diagnostics
