"""Manual pages and shell completions, written from the command tree."""
