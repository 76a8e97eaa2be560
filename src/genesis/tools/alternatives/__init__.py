"""Alternatives as documents describe them: in tables, in documents with the same sections, in sections alike."""
