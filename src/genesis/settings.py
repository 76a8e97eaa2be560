"""Settings: defaults, then `genesis.yaml` in GENESIS_HOME, then the environment; unknown keys are refused.

Only what some code reads is here. `genesis.example.yaml` shows each with its comment; a test holds the two together.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, model_validator

from genesis.errors import FileInvalid
from genesis.frozen import Frozen
from genesis.yamlfile import read_yaml

Profile = Literal["dev", "staging", "production"]
PREFIX = "GENESIS_"
Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]  # fmt: skip
"""Of signatures by a key pair. Those by a shared secret are not offered: who checks could sign."""
SECRETS = frozenset({"admin_key", "key"})
"""Read from NAME or NAME_FILE, never from genesis.yaml: files get copied, mailed and committed."""


class Settings(Frozen):
    """What a process of Genesis is told from outside."""

    profile: Profile = "dev"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    home: Path = Path("~/.genesis")
    workspaces: tuple[Path, ...] = ()
    keep_days: Annotated[float, Field(gt=0, le=36_500)] = 30.0
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 3000
    url: Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.:\[\]-]+$")] | None = None
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    jwt_keys: str | None = None
    jwt_algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("RS256", "ES256")
    jwt_tenant_claim: Annotated[str, Field(min_length=1)] = "tenant"
    guard_url: Annotated[str, Field(pattern=r"^https?://[^\s@#]+$")] | None = None
    guard_labels: Annotated[tuple[str, ...], Field(min_length=1)] = ("INJECTION", "JAILBREAK", "MALICIOUS", "LABEL_1")
    guard_least: Annotated[float, Field(gt=0, le=1)] = 0.9
    admin_key: SecretStr | None = None
    key: SecretStr | None = None
    """What the command line sends to a service."""

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        given = [name for name in ("jwt_issuer", "jwt_audience", "jwt_keys") if getattr(self, name) is None]
        if 0 < len(given) < 3:
            raise FileInvalid(f"{given[0]}: is missing; jwt_issuer, jwt_audience and jwt_keys go together")
        return self

    @property
    def database(self) -> Path:
        """The embedded database."""
        return self.home / "genesis.db"


def load(environment: Mapping[str, str], *, home: Path | None = None) -> Settings:
    """Settings for `environment` (`os.environ` in production). `home` overrides both file and environment.

    Raises `FileInvalid` for an unknown key or variable, a value out of range, or an unreadable secret file.
    """
    given = _from_environment(environment)
    root = Path(home or str(given.get("home") or Settings.model_fields["home"].default)).expanduser().resolve()
    file = root / "genesis.yaml"
    values: dict[str, object] = {}
    try:
        there = file.exists()
    except OSError as error:
        raise FileInvalid(f"{PREFIX}HOME: {str(root)[:200]} cannot be used ({error.strerror})") from error
    if there:
        read = read_yaml(file, Settings)
        values = {key: getattr(read, key) for key in read.model_fields_set}
        for key in ("home", *sorted(SECRETS)):
            if key in values:
                raise FileInvalid(f"{file}: {key} cannot be set here; use {PREFIX}{key.upper()}")
    values |= given
    values["home"] = root
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        raise FileInvalid(f"{PREFIX}{field.upper()}: {first['msg']}") from error
    roots = tuple(path.expanduser().resolve() for path in settings.workspaces)
    return settings.model_copy(update={"workspaces": roots})


_LISTS = {"workspaces": ":", "jwt_algorithms": ",", "guard_labels": ","}


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    names = {PREFIX + name.upper(): name for name in Settings.model_fields}
    files = {PREFIX + name.upper() + "_FILE": name for name in SECRETS}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or not value:
            continue
        if "\0" in value or not _encodes(value):
            raise FileInvalid(f"{variable}: holds what no text or path can hold")
        if variable in files:
            try:
                values[files[variable]] = Path(value).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise FileInvalid(f"{variable}: {value} cannot be read ({error.strerror})") from error
            except UnicodeDecodeError as error:
                raise FileInvalid(f"{variable}: {value} is not UTF-8 text") from error
        elif variable in names:
            name = names[variable]
            values[name] = tuple(value.split(_LISTS[name])) if name in _LISTS else value
        else:
            near = difflib.get_close_matches(variable, [*names, *files], n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted([*names, *files]))}"
            raise FileInvalid(f"{variable}: no such setting{hint}")
    return values


def _encodes(value: str) -> bool:
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        return False
    return True
