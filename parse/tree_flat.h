// The part of tree-sitter's C interface that is used here, declared by hand: the header lies inside of another module, where
// cgo does not look. The version of that module is exact, and a test compares what comes out with what the Go binding says.
#include <stdbool.h>
#include <stdint.h>

#include "region.h"

typedef struct TSParser TSParser;
typedef struct TSTree TSTree;
typedef struct TSLanguage TSLanguage;

// One node of the flat tree, in the order of the text, a node before what it holds. next is the index of the first node after
// its subtree.
typedef struct {
  uint32_t start, end, next;
  uint16_t symbol; // 0xffff for an error
} flat_node;

// What is left of the parse of one version of a text for the next one. All of it is C's.
typedef struct {
  TSTree *tree; // NULL where nothing is left
  // The flat tree, and for each of its nodes the subtree of tree that it is made of.
  flat_node *nodes;
  uint64_t *subtrees;
  uint32_t count, depth;
  // What flat_edit was told.
  uint32_t start, old_end, new_end;
} flat_version;

enum {
  FLAT_OK = 0,
  FLAT_TIMEOUT = 1,
  FLAT_TOO_DEEP = 2,
  FLAT_NO_MEMORY = 3,
  FLAT_NO_PARSER = 4, // the grammar is not of a version that tree-sitter can read
};

TSParser *flat_new_parser(const void *language);
void flat_delete_parser(TSParser *parser);
flat_node *flat_parse(region *r, const void *language, uint64_t microseconds, const char *text, uint32_t length, uint32_t max_depth,
                      uint32_t *count, int *status, bool *broken);
flat_node *flat_parse_version(TSParser *parser, uint64_t microseconds, const char *text, uint32_t length, uint32_t max_depth, flat_version *version,
                              uint32_t *count, int *status, bool *broken);
void flat_edit(flat_version *version, uint32_t start, uint32_t old_end, uint32_t new_end, const uint32_t points[6]);
void flat_forget(flat_version *version);
bool flat_symbol_named(const void *language, uint32_t symbol);
const char *flat_symbol_name(const void *language, uint32_t symbol);
uint32_t flat_symbol_count(const void *language);
