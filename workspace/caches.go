package workspace

import (
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// caches is what a snapshot finds out at the first question. A recording snapshot shares it with the one that it records for.
type caches struct {
	folders  folderConfigs
	siblings sync.Map // dir → *siblings
	// histories are those of this snapshot, where what is open may matter.
	histories sync.Map // PinsID → func() *History
	adoptions sync.Map // PinsID → *Adoption
	dropped   sync.Map // PinsID → []Dropped
	answers   knownAnswers
	checkouts sync.Map // checkoutKey → []string, where there are any
	offered   sync.Map // *File of a pins flake → map[ref.Source][]int
	flakes    sync.Map // folder → *Flake, see sharedFlake
	// occurrences are those of a lock where somebody pointed at one of its nodes.
	occurrences sync.Map // *lock.Graph → allOccurrences

	leavesOnce     sync.Once
	leaves         []*Leaf
	closedOnce     sync.Once
	closedSnapshot *Snapshot

	// What follows costs a look at each open document, and thousands of closed flakes ask for the same of it.
	overlaidOnce     sync.Once
	overlaid         map[string]*Summary
	countedOnce      sync.Once
	counted          map[string]*Summary
	openUsesOnce     sync.Once
	openUses         map[ref.Source][]SourceUse
	pinsOnce         sync.Once
	pinsFlakes       []string
	countsOnce       sync.Once
	counts           map[pinsReference]int
	openByRemoteOnce sync.Once
	openByRemote     map[checkoutKey][]string
	// replacedUsers are how many closed flakes that use a source are overlaid.
	replacedUsers sync.Map // ref.Source → int
}
