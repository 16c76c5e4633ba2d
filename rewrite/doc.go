// Package rewrite makes the edits of one manifest: follow, unfollow, add, remove, rename, override, formals, layout. Spans
// come in, edits go out; nothing is read or written, and what is referred to outside of the manifest is handed in.
//
// All functions share these manners:
//
//   - They keep comments, layout and the style of the file: flat or nested, indentation, line ends, comma style of formals.
//   - Two kinds of comments go with a binding that goes: those on its own line, and commented-out alternatives of it on the
//     lines right beside it. Change.Comments lists them and Change.Notes says so. Every other comment stays.
//   - Where the outcome is not sure the answer is a *Refusal with the reason, in words that can be shown, and its place.
//   - Done twice they do nothing more: a change that is there already has no edits, and no error.
//   - Before a change is given out its result is parsed. A result with an error that the text did not have is refused.
package rewrite
