"""Web pages: HTML with its lines, what is wrong with it for readers and search engines, and copy from Markdown."""
