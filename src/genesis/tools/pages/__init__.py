"""Pages as search engines see them: head.py reads what they look at."""
