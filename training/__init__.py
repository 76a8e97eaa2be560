"""Makes src/genesis/plan/sense.npz from the requests in training/requests/ (README.md)."""
