#include "region.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ts_set_allocator(void *(*)(size_t), void *(*)(size_t, size_t), void *(*)(void *, size_t), void (*)(void *));

enum {
  first_chunk = 256 << 10, // enough for most manifests
  kept_chunk = 1 << 20,    // a larger one is not kept for the next parse
  most_chunk = 8 << 20,    // they double up to here
  unit = 16,               // sizes and places are multiples of it, as those of malloc are
  word = 8,                // the size of a piece stands before it
  classes = 64,            // pieces of fewer units are used again in the same parse
};

// chunk is memory of malloc's. The pieces stand behind it.
typedef struct chunk {
  struct chunk *before;
  size_t size;
} chunk;

struct region {
  chunk *last;          // the one in use
  char *next, *end;     // what is left of it
  void *freed[classes]; // by size in units: pieces that were given back, each holds the place of the next one
};

// within is the region that the thread is in.
static _Thread_local region *within;

// give_up is what tree-sitter itself does where there is no memory.
static void *give_up(size_t size) {
  fprintf(stderr, "tree-sitter failed to allocate %zu bytes\n", size);
  abort();
}

static void use(region *r, chunk *c) {
  r->last = c;
  r->next = (char *)(c + 1) + word;
  r->end = (char *)c + c->size;
}

// extend adds a chunk that has room for a piece of a whole size.
static bool extend(region *r, uint64_t whole) {
  size_t size = r->last == NULL ? first_chunk : 2 * r->last->size;
  if (size > most_chunk) size = most_chunk;
  if (size < sizeof(chunk) + word + whole) size = (size_t)(sizeof(chunk) + word + whole);
  chunk *c = malloc(size);
  if (c == NULL) return false;
  *c = (chunk){r->last, size};
  use(r, c);
  return true;
}

static uint64_t whole_of(const char *piece) {
  uint64_t whole;
  memcpy(&whole, piece - word, word);
  return whole;
}

static void *take(size_t size) {
  region *r = within;
  if (r == NULL) {
    void *piece = malloc(size);
    return piece == NULL && size > 0 ? give_up(size) : piece;
  }
  if (size > SIZE_MAX / 4) return give_up(size);
  uint64_t whole = (size + word + unit - 1) / unit * unit;
  if (whole / unit < classes && r->freed[whole / unit] != NULL) {
    void *piece = r->freed[whole / unit];
    memcpy(&r->freed[whole / unit], piece, sizeof(void *));
    return piece;
  }
  if ((size_t)(r->end - r->next) < whole && !extend(r, whole)) return give_up(size);
  char *piece = r->next + word;
  memcpy(r->next, &whole, word);
  r->next += whole;
  return piece;
}

static void *take_zeros(size_t count, size_t size) {
  if (within == NULL) {
    void *piece = calloc(count, size);
    return piece == NULL && count > 0 && size > 0 ? give_up(size) : piece;
  }
  if (size > 0 && count > SIZE_MAX / size) return give_up(SIZE_MAX);
  return memset(take(count * size), 0, count * size);
}

static void give(void *piece) {
  if (within == NULL) {
    free(piece);
    return;
  }
  if (piece == NULL) return;
  size_t class = whole_of(piece) / unit;
  if (class >= classes) return; // they are few, and end with the region
  memcpy(piece, &within->freed[class], sizeof(void *));
  within->freed[class] = piece;
}

static void *resize(void *piece, size_t size) {
  if (within == NULL) {
    void *moved = realloc(piece, size);
    return moved == NULL && size > 0 ? give_up(size) : moved;
  }
  if (piece == NULL) return take(size);
  size_t held = whole_of(piece) - word;
  if (size <= held) return piece;
  void *moved = take(size);
  memcpy(moved, piece, held);
  give(piece);
  return moved;
}

void region_allocator(void) { ts_set_allocator(take, take_zeros, resize, give); }

region *region_new(void) { return calloc(1, sizeof(region)); }

// drop gives chunks back to malloc.
static void drop(chunk *c) {
  while (c != NULL) {
    chunk *before = c->before;
    free(c);
    c = before;
  }
}

void region_delete(region *r) {
  drop(r->last);
  free(r);
}

void region_enter(region *r) { within = r; }

void region_leave(region *r) {
  within = NULL;
  chunk *last = r->last;
  if (last != NULL && last->size <= kept_chunk) {
    drop(last->before);
    last->before = NULL;
    use(r, last);
    memset(r->freed, 0, sizeof r->freed);
  } else {
    drop(last);
    *r = (region){0};
  }
}
