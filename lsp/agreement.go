package lsp

import (
	"encoding/json"
	"slices"
)

// Agreement is what the server and a client settle by initialize. The page that compares editors is made of it.
type Agreement struct {
	ClientName, ClientVersion string
	// Offered is what the server says that it can do for this client.
	Offered ServerCapabilities
	// Understood is what the server has read out of the client's capabilities: a struct, whose fields are of the types bool,
	// []string and []int.
	Understood any
}

// Agree gives what the server would settle with a client that sends these params of initialize. The error is of params that
// are no JSON object.
func Agree(params []byte) (*Agreement, error) {
	var p initializeParams
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, err
	}
	return &Agreement{
		ClientName: p.clientName, ClientVersion: p.clientVersion,
		Offered:    serverCapabilities(&p.capabilities, p.capabilities.positionEncoding()),
		Understood: p.capabilities,
	}, nil
}

// Requests are the methods of the protocol that a client may ask the server, in the order of their names, but for those that
// begin and end a session.
func Requests() []string {
	var asked []string
	for name, m := range methods() {
		if m.prepare != nil && !m.inline {
			asked = append(asked, name)
		}
	}
	slices.Sort(asked)
	return asked
}
