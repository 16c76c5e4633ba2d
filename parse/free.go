package parse

// #include <stdlib.h>
// #ifdef __GLIBC__
// #include <malloc.h>
// static void trim(void) { malloc_trim(0); }
// #else
// static void trim(void) {}
// #endif
import "C"

// FreeMemory gives the system what parses have taken of C's malloc and given back to it: a malloc keeps it for the next one, some MB
// between them all, for which there is no use while nobody types.
func FreeMemory() { C.trim() }
