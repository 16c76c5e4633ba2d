#include "tree_flat.h"

#include <stdlib.h>

typedef struct {
  uint32_t context[4];
  const void *id;
  const TSTree *tree;
} TSNode;

typedef struct {
  const void *tree;
  const void *id;
  uint32_t context[3];
} TSTreeCursor;

typedef struct {
  uint32_t row, column;
} TSPoint;

typedef struct {
  uint32_t start_byte, old_end_byte, new_end_byte;
  TSPoint start_point, old_end_point, new_end_point;
} TSInputEdit;

void ts_set_allocator(void *(*)(size_t), void *(*)(size_t, size_t), void *(*)(void *, size_t), void (*)(void *));
TSParser *ts_parser_new(void);
void ts_parser_delete(TSParser *);
bool ts_parser_set_language(TSParser *, const TSLanguage *);
void ts_parser_set_timeout_micros(TSParser *, uint64_t);
TSTree *ts_parser_parse_string(TSParser *, const TSTree *, const char *, uint32_t);
void ts_tree_delete(TSTree *);
void ts_tree_edit(TSTree *, const TSInputEdit *);
TSNode ts_tree_root_node(const TSTree *);
TSTreeCursor ts_tree_cursor_new(TSNode);
void ts_tree_cursor_delete(TSTreeCursor *);
TSNode ts_tree_cursor_current_node(const TSTreeCursor *);
bool ts_tree_cursor_goto_first_child(TSTreeCursor *);
bool ts_tree_cursor_goto_next_sibling(TSTreeCursor *);
bool ts_tree_cursor_goto_parent(TSTreeCursor *);
uint16_t ts_node_symbol(TSNode);
uint32_t ts_node_start_byte(TSNode);
uint32_t ts_node_end_byte(TSNode);
bool ts_node_has_error(TSNode);
const char *ts_language_symbol_name(const TSLanguage *, uint16_t);
uint32_t ts_language_symbol_count(const TSLanguage *);
int ts_language_symbol_type(const TSLanguage *, uint16_t);

void flat_use_c_allocator(void) { ts_set_allocator(NULL, NULL, NULL, NULL); }

TSParser *flat_new_parser(const void *language, uint64_t timeout_microseconds) {
  TSParser *parser = ts_parser_new();
  if (parser == NULL) return NULL;
  if (!ts_parser_set_language(parser, language)) {
    ts_parser_delete(parser);
    return NULL;
  }
  ts_parser_set_timeout_micros(parser, timeout_microseconds);
  return parser;
}

void flat_delete_parser(TSParser *parser) { ts_parser_delete(parser); }

const char *flat_symbol_name(const void *language, uint32_t symbol) { return ts_language_symbol_name(language, symbol); }
// TSSymbolTypeRegular is 0: a rule of the grammar, not a token in quotes.
bool flat_symbol_named(const void *language, uint32_t symbol) { return ts_language_symbol_type(language, symbol) == 0; }
uint32_t flat_symbol_count(const void *language) { return ts_language_symbol_count(language); }

// flat_edit tells a tree what of its text has changed: bytes, and the row and column of each of the three places.
void flat_edit(TSTree *tree, uint32_t start, uint32_t old_end, uint32_t new_end, const uint32_t points[6]) {
  TSInputEdit edit = {start, old_end, new_end, {points[0], points[1]}, {points[2], points[3]}, {points[4], points[5]}};
  ts_tree_edit(tree, &edit);
}

void flat_delete_tree(TSTree *tree) { ts_tree_delete(tree); }

// flat_parse parses the text and gives its tree as an array that the caller frees. Nodes deeper than max_depth are left out.
// keep may be NULL. Else it holds the edited tree of a text before this one, or NULL, and gets the new tree, or NULL; the old one
// is deleted.
flat_node *flat_parse(TSParser *parser, const char *text, uint32_t length, uint32_t max_depth, TSTree **keep, uint32_t *count,
                      int *status, bool *broken) {
  *count = 0;
  *status = FLAT_OK;
  TSTree *old = keep == NULL ? NULL : *keep;
  TSTree *tree = ts_parser_parse_string(parser, old, text, length);
  if (old != NULL) ts_tree_delete(old);
  if (keep != NULL) *keep = NULL;
  if (tree == NULL) {
    *status = FLAT_TIMEOUT;
    return NULL;
  }
  TSNode root = ts_tree_root_node(tree);
  *broken = ts_node_has_error(root);
  uint32_t capacity = length / 2 + 64;
  flat_node *nodes = malloc(capacity * sizeof *nodes);
  uint32_t *open = malloc(max_depth * sizeof *open);
  if (nodes == NULL || open == NULL) {
    free(nodes);
    free(open);
    ts_tree_delete(tree);
    *status = FLAT_NO_MEMORY;
    return NULL;
  }
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  uint32_t n = 0, depth = 0;
  for (bool done = false; !done;) {
    if (n == capacity) {
      capacity *= 2;
      flat_node *more = realloc(nodes, capacity * sizeof *nodes);
      if (more == NULL) {
        *status = FLAT_NO_MEMORY;
        break;
      }
      nodes = more;
    }
    TSNode node = ts_tree_cursor_current_node(&cursor);
    nodes[n] = (flat_node){
        .start = ts_node_start_byte(node),
        .end = ts_node_end_byte(node),
        .next = n + 1,
        .symbol = ts_node_symbol(node),
    };
    n++;
    if (ts_tree_cursor_goto_first_child(&cursor)) {
      if (depth < max_depth) {
        open[depth++] = n - 1;
        continue;
      }
      *status = FLAT_TOO_DEEP;
      ts_tree_cursor_goto_parent(&cursor);
    }
    while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
      if (depth == 0) {
        done = true;
        break;
      }
      ts_tree_cursor_goto_parent(&cursor);
      nodes[open[--depth]].next = n;
    }
  }
  ts_tree_cursor_delete(&cursor);
  free(open);
  if (keep != NULL && *status == FLAT_OK) {
    *keep = tree;
  } else {
    ts_tree_delete(tree);
  }
  if (*status == FLAT_NO_MEMORY) {
    free(nodes);
    return NULL;
  }
  *count = n;
  return nodes;
}
