"""A small world of programs for self-play on a CPU: a typed grammar, a tree-walking interpreter, short texts."""
