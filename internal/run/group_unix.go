//go:build unix

package run

import (
	"os/exec"
	"syscall"
)

// inGroup makes a program the leader of a session, and so of a process group, of its own: it has no terminal to ask at, and all that it
// starts can be told to end with it.
func inGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
}

// killGroup ends what is left of the group of a program that has ended: a group's number is not given to another while it has members.
func killGroup(command *exec.Cmd) {
	if command.Process != nil {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) // mostly nobody is left
	}
}
