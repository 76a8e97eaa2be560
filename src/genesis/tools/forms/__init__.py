"""Forms of pages: as people ask for them, and as an interface takes them."""
