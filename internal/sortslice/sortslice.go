// Package sortslice sorts as slices.SortFunc and slices.SortStableFunc do, with code that all types of elements share. Those two are
// compiled anew for each type of struct, some 17 KB with what the runtime keeps of them: together they were a twentieth of the program,
// all of it resident. Lists of pointers and of strings share theirs, and a list that is sorted at each keystroke or in each of ten thousand
// flakes, and is not sorted already, is worth its own.
package sortslice

import "sort"

// Func sorts by a comparison as that of slices.SortFunc. What compares as equal may change places.
func Func[T any](list []T, compare func(a, b T) int) {
	sort.Slice(list, func(i, j int) bool { return compare(list[i], list[j]) < 0 })
}

// StableFunc is Func that leaves in place what compares as equal.
func StableFunc[T any](list []T, compare func(a, b T) int) {
	sort.SliceStable(list, func(i, j int) bool { return compare(list[i], list[j]) < 0 })
}
