"""`python -m notices`: makes sbom.cdx.json and the table in THIRD_PARTY.md anew from the lock."""

from __future__ import annotations

import sys

from genesis.errors import GenesisError
from notices import page, sbom
from notices.lock import pins


def main() -> int:
    """The command: 0 done, 1 when a licence is not known."""
    every = pins()
    try:
        table = page.page(every, page.FILE.read_text(encoding="utf-8"))
        document = sbom.sbom(every)
    except GenesisError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    page.FILE.write_text(table, encoding="utf-8")
    sbom.FILE.write_text(document, encoding="utf-8")
    sys.stdout.write(f"{sbom.FILE.name} and {page.FILE.name}: {len(every)} pins\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
