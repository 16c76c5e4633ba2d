//go:build !unix

package run

import "os/exec"

// inGroup does nothing where there are no process groups: what the program starts may outlive it.
func inGroup(*exec.Cmd) {}

func killGroup(*exec.Cmd) {}
