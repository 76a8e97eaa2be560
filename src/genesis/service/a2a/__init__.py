"""The A2A 1.0 doors: the only place of the service that knows a2a's types (there, a run is a "task").

Importing this package costs over a second of CPU: the SDK brings protobuf.
"""

import os

# The SDK decorates every call with spans that nobody exports; that is 11-19 % of its CPU. Read when it is imported.
os.environ.setdefault("OTEL_INSTRUMENTATION_A2A_SDK_ENABLED", "false")

from genesis.service.a2a.doors import MAX_BODY_BYTES, Doors, takes_files

__all__ = ["MAX_BODY_BYTES", "Doors", "takes_files"]
