"""The ASGI app. Only `a2a/` and `rest/` speak the outside's words (there, a run is a "task")."""
