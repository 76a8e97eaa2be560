"""What the guard's trained layer learned from, and how it is made anew: `python -m training.guard --data DIR`."""
