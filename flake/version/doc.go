// Package version reads version requirements and says which versions they take, by the rules of Cargo: those of FlakeHub's
// URLs and of the versioned-flakes RFC. Versions are those of Masterminds/semver; its own constraints are not used, because
// they mean something else (a bare 1.2.3 is exact there and a caret in Cargo).
//
// The grammar, in the words of Cargo's manual: comparators joined by commas, all of which must hold; a comparator is an
// operator (= > >= < <= ~ ^, or none, which means ^) and one to three numbers, of which the second and third may be a
// wildcard (* x X); three numbers may be followed by a pre-release and by build metadata, which is ignored. A lone wildcard
// takes every version that is no pre-release.
package version
