// Package lsp speaks the Language Server Protocol 3.17 with an editor. It is the only importer of glsp and jsonrpc2: of
// glsp it takes the protocol's types, of jsonrpc2 the error object and the codes. The connection is our own, because
// theirs reads no cancellation while a request runs, deadlocks on a call to the client and ends on the first odd byte.
//
// How a message flows:
//
//	stdin → frameReader → decodeMessage → read loop ─┬─ answer to a call of ours → the goroutine that waits for it
//	                                                 ├─ $/cancelRequest → cancelled and answered at once
//	                                                 └─ everything else → queue → Server.dispatch
//
// The queue is one goroutine. On it run, in the order of the wire, notifications whole, initialize and shutdown whole,
// and of each other request only the taking of a view: an immutable picture of what the client had said when it asked.
// The request then works in a goroutine of its own, so that a slow one holds up nobody, with a context that ends when the
// client cancels it. Nothing on the queue may wait for the client; what must call it starts with Server.background.
//
//	answers, notifications, calls → mailbox of frames → one writer goroutine → stdout
//
// Every frame is one Write, and nobody waits for a slow reader, so client and server never wait for each other.
// A request is answered once: by whoever takes it out of the map of unanswered requests first.
//
// A command of workspace/executeCommand may run a program, through internal/run and only there: see executeCommand. It is asked for first
// (trust.go), has its flake for itself, and ends when the client cancels it.
//
// A feature is one file: a function of a context, a view and the method's params, and a line in the table of methods.go.
package lsp
