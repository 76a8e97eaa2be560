"""What of a program can be seen from outside: endpoints, jobs, calls, metrics, and what passes in silence."""
