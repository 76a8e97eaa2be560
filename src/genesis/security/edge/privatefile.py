"""Files with secrets in them: made for their owner alone, and refused when others may read them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from genesis.errors import ResourceError, StorageFailed, Unauthorized


def made(file: Path, make: Callable[[], bytes]) -> bytes:
    """What is in `file`; if there is none it is made (mode 0600) with what `make` gives. Of several processes that
    make it at once, one does.

    Raises `Unauthorized` when others may read it, `StorageFailed`, `ResourceError`.
    """
    if not file.exists():
        try:
            # mkstemp makes it 0600; by a link it gets its name only when all of it is there, and never over another.
            with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}-") as aside:
                aside.write(make())
                aside.flush()
                os.fsync(aside.fileno())
                os.link(aside.name, file)
        except FileExistsError:
            pass  # another was faster
        except OSError as error:
            raise StorageFailed(f"{file}: cannot be made ({error.strerror})") from error
    return read(file)


def read(file: Path) -> bytes:
    """Raises `Unauthorized` when others may read it too, `ResourceError` when it cannot be read."""
    try:
        if file.stat().st_mode & 0o077:
            raise Unauthorized(f"{file}: others may read it; run `chmod 600 {file}`, or remove it to get a new key")
        return file.read_bytes()
    except OSError as error:
        raise ResourceError(f"{file}: cannot be read ({error.strerror})") from error
