// Package house holds the test that keeps the packages apart as docs/architecture.md says: who may import whom, who may
// start a process, who may reach the network.
package house
