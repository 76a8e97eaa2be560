"""SQL as text, in the common dialects: tokens, the tables it declares, and where a workspace keeps it."""
