"""Run -> RunReport: what was done by whom at which level, at what cost, and why; as JSON, Markdown and HTML."""
