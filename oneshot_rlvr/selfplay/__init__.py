"""Self-play: one model proposes tasks for programs and solves them (Absolute Zero, arXiv 2505.03335)."""
