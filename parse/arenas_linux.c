// How many arenas glibc's malloc has. By default each thread gets its own, up to eight for a processor, and keeps some 140 kB of
// what its last parse took; the runtime of Go has a dozen threads, of which any may parse next. No more parse at once than there are
// processors. It runs before the first thread of the runtime starts; who sets MALLOC_ARENA_MAX knows better.
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef M_ARENA_MAX
__attribute__((constructor)) static void an_arena_for_each_processor(void) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  if (getenv("MALLOC_ARENA_MAX") == NULL && processors > 0) {
    mallopt(M_ARENA_MAX, (int)processors);
  }
}
#endif
