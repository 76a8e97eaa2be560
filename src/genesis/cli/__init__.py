"""The command `genesis`: one file per verb."""
