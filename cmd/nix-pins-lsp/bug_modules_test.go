package main

import (
	"os"
	"strings"
	"testing"
)

// Breaks when a library whose version a report should tell goes by another name in go.mod.
func TestBugModules(t *testing.T) {
	required, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range bugModules {
		if !strings.Contains(string(required), "\t"+module+" v") {
			t.Errorf("go.mod does not require %s", module)
		}
	}
}
