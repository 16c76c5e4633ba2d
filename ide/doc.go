// Package ide answers what an editor asks, and knows no protocol: byte spans come in, byte spans and edits go out.
//
// Completion stands on a lexer of its own (lexer.go) and an outline of the file (outline.go), both of which read text that is
// broken at the cursor, as text is while somebody types. The tree of package parse helps with what lies elsewhere.
package ide
