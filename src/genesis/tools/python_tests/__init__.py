"""How a Python workspace's tests run: what is declared, with which interpreter, what happened, what was covered."""
