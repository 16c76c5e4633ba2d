package lsp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// registryResult is what an id of the user's registry means now.
type registryResult struct {
	Message string            `json:"message"`
	ID      string            `json:"id"`
	URL     string            `json:"url"`
	Version *commands.Version `json:"version"`
	Changed bool              `json:"changed"`
}

// pinRegistry makes the user's registry lead to what pins has.
func pinRegistry(ctx context.Context, x *execution) (any, error) {
	if err := x.whole(ctx); err != nil {
		return nil, err
	}
	id := cmp.Or(x.arguments.Input, "nixpkgs")
	pins, err := x.pinsMeant()
	if err != nil {
		return nil, err
	}
	pin, ok := x.view.snapshot.InRegistry(pins, id)
	if !ok {
		return nil, fmt.Errorf("pins has no input %s that is held by a commit, or no registry here has %s", commands.Plain(id), commands.Plain(id))
	}
	arguments, err := commands.RegistryArguments(id, pin.Reference)
	if err != nil {
		return nil, err
	}
	result := registryResult{ID: id, URL: commands.Plain(arguments[len(arguments)-1]), Version: commands.VersionOf(pin.Pins)}
	if pin.Agrees {
		result.Message = fmt.Sprintf("The registry has the %s of pins already: %s.", id, result.Version)
		x.tell(protocol.MessageTypeInfo, result.Message)
		return result, nil
	}
	folder := x.options.Environment.WithDefaults().Config
	c := x.nix(string(filepath.Separator), arguments)
	err = x.alone(ctx, c, func(ctx context.Context) error {
		_, err := x.run(ctx, c)
		x.changed(filepath.Join(folder, "nix", "registry.json"))
		return err
	})
	if err != nil {
		return nil, err
	}
	result.Changed = true
	result.Message = fmt.Sprintf("The registry's %s is now that of pins: %s.", id, result.Version)
	x.tell(protocol.MessageTypeInfo, result.Message)
	return result, nil
}

// pinsMeant is the pins flake of the flake that the arguments name, else the one of the workspace.
func (x *execution) pinsMeant() (workspace.PinsID, error) {
	snapshot := x.view.snapshot
	if x.arguments.URI != "" {
		dir, err := x.folder(x.arguments.URI)
		if err != nil {
			return workspace.PinsID{}, err
		}
		id, _, ok := snapshot.SetFor(dir)
		if !ok {
			return id, fmt.Errorf("%s has no flake.lock that says what pins has", dir)
		}
		return id, nil
	}
	var found []workspace.PinsID
	for _, id := range snapshot.AllPins() {
		if snapshot.History(id).Newest != nil {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return workspace.PinsID{}, errors.New("nothing in the workspace tells what pins has")
	case 1:
		return found[0], nil
	}
	return workspace.PinsID{}, fmt.Errorf("the workspace has %d pins flakes: `uri` says which one is meant", len(found))
}
