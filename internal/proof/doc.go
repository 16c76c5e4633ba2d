// Package proof holds tests of the whole way of the data, from the text of a flake to what a real Nix locks and evaluates after
// the fixes: polyrepos that are locked before and after, changes of a text that must not change a finding, damaged text, and the
// inputs of real projects. It has no code of its own.
package proof
