"""A small HTTP service over SQLite, with nothing but the standard library."""
