"""What tools do with a workspace: work in a copy, read it in a process of its own, tell what a file is for."""
