"""Settings: defaults, then an optional YAML file, then BOOKSHOP_* variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

try:
    import yaml
except ImportError:
    yaml = None

SESSION_SECRET = "plum-orchard-lantern-1987"
SESSION_HOURS = 12


@dataclass(frozen=True)
class Settings:
    database: str = "bookshop.db"
    host: str = "127.0.0.1"
    port: int = 8080
    reports: str = "reports"
    sentry_dsn: str = ""


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; raises ValueError for a key that is not one of ours."""
    values: dict[str, Any] = {}
    if path is not None:
        if yaml is None:
            raise ValueError("reading a settings file needs PyYAML: pip install 'bookshop[settings]'")
        values.update(yaml.safe_load(path.read_text()) or {})
    for name in known_keys():
        if "BOOKSHOP_" + name.upper() in environ:
            values[name] = environ["BOOKSHOP_" + name.upper()]
    unknown = sorted(set(values) - set(known_keys()))
    if unknown:
        raise ValueError("unknown settings: " + ", ".join(unknown))
    if "port" in values:
        values["port"] = int(values["port"])
    return Settings(**values)


def known_keys() -> list[str]:
    return [field.name for field in fields(Settings)]
