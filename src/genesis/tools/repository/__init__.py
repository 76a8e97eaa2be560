"""What a repository says of itself: its project files, what they require, and its changelog."""
