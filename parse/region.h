// A region is the memory of one parse: what tree-sitter asks for in a thread that is in the region comes from the region's end, and all
// of it is given back at once. No other thread is in the way there, and no tree has to be taken down node by node.
#include <stddef.h>

typedef struct region region;

// region_allocator makes tree-sitter take memory from the region that its thread is in, and from C's malloc in a thread that is in none.
void region_allocator(void);
// region_new gives NULL where there is no memory.
region *region_new(void);
// region_delete takes a region that no thread is in.
void region_delete(region *);
// region_enter puts the thread into a region that no other thread is in, region_leave takes it out again. That ends whatever it took there.
void region_enter(region *);
void region_leave(region *);
