#include "tree_flat.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

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

typedef struct {
  void *payload;
  const char *(*read)(void *payload, uint32_t byte, TSPoint position, uint32_t *length);
  int encoding; // 0 is UTF-8
  void *decode;
} TSInput;

typedef struct {
  void *payload;
  uint32_t byte;
  bool has_error;
} TSParseState;

typedef struct {
  void *payload;
  bool (*progress)(TSParseState *); // true ends the parse
} TSParseOptions;

TSParser *ts_parser_new(void);
void ts_parser_delete(TSParser *);
bool ts_parser_set_language(TSParser *, const TSLanguage *);
TSTree *ts_parser_parse_with_options(TSParser *, const TSTree *, TSInput, TSParseOptions);
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

// whole is a text in one piece.
typedef struct {
  const char *text;
  uint32_t length;
} whole;

static const char *read_whole(void *payload, uint32_t byte, TSPoint position, uint32_t *length) {
  (void)position;
  const whole *w = payload;
  if (byte >= w->length) {
    *length = 0;
    return "";
  }
  *length = w->length - byte;
  return w->text + byte;
}

// budget is the time of the processor that a parse may take. tree-sitter's own limit counts the time of the clock: on a busy machine a
// sound file would be found to take too long.
typedef struct {
  uint64_t end; // in nanoseconds of the thread
  uint32_t asked;
} budget;

static uint64_t thread_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// spent is asked after each hundred steps. To ask the kernel each time would be a part of a parse.
static bool spent(TSParseState *state) {
  budget *b = state->payload;
  return b->asked++ % 8 == 0 && thread_time() >= b->end;
}

// parse gives NULL where the time is over.
static TSTree *parse(TSParser *parser, const TSTree *old, const char *text, uint32_t length, uint64_t microseconds) {
  whole w = {text, length};
  budget b = {.end = thread_time() + microseconds * 1000};
  TSInput input = {.payload = &w, .read = read_whole};
  TSParseOptions options = {&b, spent};
  return ts_parser_parse_with_options(parser, old, input, options);
}

TSParser *flat_new_parser(const void *language) {
  TSParser *parser = ts_parser_new();
  if (parser == NULL) return NULL;
  if (!ts_parser_set_language(parser, language)) {
    ts_parser_delete(parser);
    return NULL;
  }
  return parser;
}

void flat_delete_parser(TSParser *parser) { ts_parser_delete(parser); }

const char *flat_symbol_name(const void *language, uint32_t symbol) { return ts_language_symbol_name(language, symbol); }
// TSSymbolTypeRegular is 0: a rule of the grammar, not a token in quotes.
bool flat_symbol_named(const void *language, uint32_t symbol) { return ts_language_symbol_type(language, symbol) == 0; }
uint32_t flat_symbol_count(const void *language) { return ts_language_symbol_count(language); }

// flat_edit tells a version what of its text has changed: bytes, and the row and column of each of the three places.
void flat_edit(flat_version *version, uint32_t start, uint32_t old_end, uint32_t new_end, const uint32_t points[6]) {
  TSInputEdit edit = {start, old_end, new_end, {points[0], points[1]}, {points[2], points[3]}, {points[4], points[5]}};
  ts_tree_edit(version->tree, &edit);
  version->start = start;
  version->old_end = old_end;
  version->new_end = new_end;
}

void flat_forget(flat_version *version) {
  if (version->tree != NULL) ts_tree_delete(version->tree);
  free(version->nodes);
  free(version->subtrees);
  *version = (flat_version){0};
}

// subtree tells what a node is made of, and is the same in two trees where these share it. Leaves have none of their own. This is not
// in tree-sitter's interface: a node's id is the place of that word in its parent.
static uint64_t subtree(TSNode node) { return *(const uint64_t *)node.id; }

// growing is a flat tree that is being made.
typedef struct {
  flat_node *nodes;
  uint64_t *subtrees; // NULL where nobody will want them
  uint32_t count, capacity;
} growing;

static bool grow(growing *g, uint32_t count) {
  if (g->count + count <= g->capacity) return true;
  g->capacity = 2 * (g->count + count);
  flat_node *nodes = realloc(g->nodes, g->capacity * sizeof *nodes);
  if (nodes == NULL) return false;
  g->nodes = nodes;
  if (g->subtrees != NULL) {
    uint64_t *subtrees = realloc(g->subtrees, g->capacity * sizeof *subtrees);
    if (subtrees == NULL) return false;
    g->subtrees = subtrees;
  }
  return true;
}

// shared gives the index, in the version before, of the subtree of the node that was added last, or old->count. from is moved: the nodes
// come in the order of the text.
static uint32_t shared(const flat_version *old, const growing *g, uint32_t *from) {
  uint32_t start = g->nodes[g->count - 1].start;
  uint64_t wanted = g->subtrees[g->count - 1];
  if (start >= old->new_end) start = start - old->new_end + old->old_end;
  while (*from < old->count && old->nodes[*from].start < start) ++*from;
  for (uint32_t i = *from; i < old->count && old->nodes[i].start == start; i++) {
    if (old->subtrees[i] == wanted && old->nodes[i].next > i + 1) return i;
  }
  return old->count;
}

// copy adds what the node that was added last holds, which is what node i of the version before held.
static bool copy(const flat_version *old, uint32_t i, growing *g) {
  uint32_t within = old->nodes[i].next - i - 1, last = g->count - 1;
  if (!grow(g, within)) return false;
  uint32_t shift = g->nodes[last].start - old->nodes[i].start, ahead = last - i; // both may be below zero, and wrap
  for (uint32_t k = 1; k <= within; k++) {
    flat_node node = old->nodes[i + k];
    node.start += shift;
    node.end += shift;
    node.next += ahead;
    g->nodes[last + k] = node;
  }
  memcpy(g->subtrees + last + 1, old->subtrees + i + 1, within * sizeof *g->subtrees);
  g->count += within;
  g->nodes[last].next = g->count;
  return true;
}

// flatten makes the flat tree of a tree, with its subtrees where these are wanted. What it shares with an old version, which may be empty,
// comes from there. It gives the status, and the number of levels.
static int flatten(TSTree *tree, uint32_t length, uint32_t max_depth, const flat_version *old, bool subtrees, growing *g, uint32_t *deepest) {
  *deepest = 0;
  *g = (growing){.capacity = length / 2 + 64};
  g->nodes = malloc(g->capacity * sizeof *g->nodes);
  if (subtrees) g->subtrees = malloc(g->capacity * sizeof *g->subtrees);
  uint32_t *open = malloc(max_depth * sizeof *open);
  if (g->nodes == NULL || (subtrees && g->subtrees == NULL) || open == NULL) {
    free(open);
    return FLAT_NO_MEMORY;
  }
  int status = FLAT_OK;
  TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
  uint32_t depth = 0, from = 0;
  for (bool done = false; !done;) {
    if (!grow(g, 1)) {
      status = FLAT_NO_MEMORY;
      break;
    }
    TSNode node = ts_tree_cursor_current_node(&cursor);
    g->nodes[g->count] = (flat_node){
        .start = ts_node_start_byte(node),
        .end = ts_node_end_byte(node),
        .next = g->count + 1,
        .symbol = ts_node_symbol(node),
    };
    if (subtrees) g->subtrees[g->count] = depth == 0 ? 0 : subtree(node); // the root is nobody's child
    g->count++;
    uint32_t same = old->count;
    if (old->count > 0 && depth > 0 && depth + old->depth <= max_depth) same = shared(old, g, &from);
    if (same < old->count) {
      if (!copy(old, same, g)) {
        status = FLAT_NO_MEMORY;
        break;
      }
      if (depth + old->depth > *deepest) *deepest = depth + old->depth;
    } else if (ts_tree_cursor_goto_first_child(&cursor)) {
      if (depth < max_depth) {
        open[depth++] = g->count - 1;
        if (depth > *deepest) *deepest = depth;
        continue;
      }
      status = FLAT_TOO_DEEP;
      ts_tree_cursor_goto_parent(&cursor);
    }
    while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
      if (depth == 0) {
        done = true;
        break;
      }
      ts_tree_cursor_goto_parent(&cursor);
      g->nodes[open[--depth]].next = g->count;
    }
  }
  ts_tree_cursor_delete(&cursor);
  free(open);
  return status;
}

// flat_parse parses a text in a region and gives its tree as an array, which the caller frees. Nodes deeper than max_depth are left out.
flat_node *flat_parse(region *r, const void *language, uint64_t microseconds, const char *text, uint32_t length, uint32_t max_depth,
                      uint32_t *count, int *status, bool *broken) {
  const flat_version none = {0};
  growing g = {0};
  uint32_t deepest;
  region_enter(r);
  TSParser *parser = flat_new_parser(language);
  TSTree *tree = parser == NULL ? NULL : parse(parser, NULL, text, length, microseconds);
  if (parser == NULL) {
    *status = FLAT_NO_PARSER;
  } else if (tree == NULL) {
    *status = FLAT_TIMEOUT;
  } else {
    *broken = ts_node_has_error(ts_tree_root_node(tree));
    *status = flatten(tree, length, max_depth, &none, false, &g, &deepest);
  }
  region_leave(r); // the parser and the tree are gone with it
  if (*status == FLAT_NO_MEMORY) {
    free(g.nodes);
    return NULL;
  }
  *count = g.count;
  return g.nodes;
}

// flat_parse_version does it for the next version of a text. version is what is left of the text before, after flat_edit, or nothing; it
// gets what is left of this one, and the array belongs to it, unless there is nothing left: then the caller frees it.
flat_node *flat_parse_version(TSParser *parser, uint64_t microseconds, const char *text, uint32_t length, uint32_t max_depth, flat_version *version,
                              uint32_t *count, int *status, bool *broken) {
  flat_version old = *version;
  *version = (flat_version){0};
  TSTree *tree = parse(parser, old.tree, text, length, microseconds);
  if (tree == NULL) {
    flat_forget(&old);
    *status = FLAT_TIMEOUT;
    return NULL;
  }
  *broken = ts_node_has_error(ts_tree_root_node(tree));
  growing g;
  uint32_t deepest;
  *status = flatten(tree, length, max_depth, &old, true, &g, &deepest);
  flat_forget(&old);
  if (*status == FLAT_OK && !*broken) {
    *version = (flat_version){.tree = tree, .nodes = g.nodes, .subtrees = g.subtrees, .count = g.count, .depth = deepest};
  } else {
    ts_tree_delete(tree);
    free(g.subtrees);
  }
  if (*status == FLAT_NO_MEMORY) {
    free(g.nodes);
    return NULL;
  }
  *count = g.count;
  return g.nodes;
}
