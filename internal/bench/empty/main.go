// Command empty does nothing: what a start costs that no program in Go can do without.
package main

func main() {}
