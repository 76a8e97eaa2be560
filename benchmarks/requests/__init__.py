"""The request corpus and its judge."""

import os

# As the command line does: threads that wait spin, and times measured beside other work mean nothing.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
