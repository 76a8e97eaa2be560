"""`genesis keys`: API keys of a home. They are made where the home is, by who may read it; the service takes them up
with the next request."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from genesis.cli.client import json_option, show

if TYPE_CHECKING:
    from genesis.security.edge.apikeys import ApiKey, ApiKeys
    from genesis.security.edge.principal import Speaker

DAY_S = 86_400.0
_SCOPES = ("read", "run", "approve", "operate", "admin", "probe")
home_option = click.option("--home", type=click.Path(path_type=Path), help="GENESIS_HOME (default ~/.genesis).")


@click.group(
    epilog="""\b
Examples:
  genesis keys make ann --scope read --scope run --days 90
  genesis keys make checks --tenant probe --scope probe
  genesis keys make planner --holder agent
  genesis keys list
  genesis keys rotate 3f2a9c01b7de --overlap 24
  genesis keys revoke 3f2a9c01b7de
"""
)
def command() -> None:
    """Make, list, rotate and revoke the API keys of a home.

    A key is shown once, when it is made; the home keeps a hash. Clients send it as `Authorization: Bearer KEY`; the
    command line reads it from GENESIS_KEY or GENESIS_KEY_FILE. Exit codes: 0 done, 1 refused or not there, 2 usage.
    """


@command.command()
@click.argument("subject")
@click.option("--tenant", default="default", show_default=True, help="Runs belong to tenant and subject.")
@click.option("--scope", "scopes", type=click.Choice(_SCOPES), multiple=True,
              help="What it may do; repeat for more (default: read and run).")  # fmt: skip
@click.option("--agent", "agents", multiple=True, help="Only runs given to this agent; repeat for more.")
@click.option("--holder", type=click.Choice(("user", "agent")), default="user", show_default=True,
              help="Whose word its objectives are. An agent's is consent to no effect.")  # fmt: skip
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="How long it is good (default: for ever).")
@home_option
@json_option
def make(
    subject: str,
    tenant: str,
    scopes: tuple[str, ...],
    agents: tuple[str, ...],
    holder: Speaker,
    days: float | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Make a key for SUBJECT, and show it: nobody can show it again."""
    from genesis.security.edge.principal import Scope

    keys = _keys(home)
    given = cast("tuple[Scope, ...]", scopes or (("probe",) if tenant == "probe" else ("read", "run")))
    lasts = None if days is None else days * DAY_S
    _made(*keys.make(subject, tenant=tenant, scopes=given, agents=agents, trust=holder, lasts_s=lasts), as_json)


@command.command("list")
@home_option
@json_option
def list_(home: Path | None, as_json: bool) -> None:
    """List the keys: whose, for what, until when. Not the keys themselves."""
    import time

    now = time.time()
    rows = [_row(key, now) for key in _keys(home).all()]
    if as_json:
        show(rows)
        return
    for row in rows:
        limits = f"  agents {','.join(row['agents'])}" if row["agents"] else ""
        limits += "  held by an agent" if row["trust"] == "agent" else ""
        until = f"  until {row['expires']}" if row["expires"] else ""
        whose = f"{row['tenant']}/{row['subject']}"
        click.echo(f"{row['id']}  {row['status']:<8} {whose}  {','.join(row['scopes'])}{limits}{until}")
    click.echo(f"{len(rows)} keys")


@command.command()
@click.argument("key_id", metavar="ID")
@click.option("--overlap", type=click.FloatRange(min=0), default=24.0, show_default=True,
              help="Hours for which the old one is good beside the new one.")  # fmt: skip
@home_option
@json_option
def rotate(key_id: str, overlap: float, home: Path | None, as_json: bool) -> None:
    """Make a new key for the holder of key ID, and show it; the old one ends after the overlap."""
    _made(*_keys(home).rotate(key_id, overlap_s=overlap * 3600), as_json)


@command.command()
@click.argument("key_id", metavar="ID")
@home_option
@json_option
def revoke(key_id: str, home: Path | None, as_json: bool) -> None:
    """End key ID now."""
    import time

    key = _keys(home).revoke(key_id)
    if as_json:
        show(_row(key, time.time()))
    else:
        click.echo(f"{key.id}: revoked; no request with it is served from now on")


def _keys(home: Path | None) -> ApiKeys:
    from genesis.cli.compose import make_home
    from genesis.clock import SystemClock
    from genesis.security.edge.apikeys import ApiKeys
    from genesis.settings import load

    return ApiKeys(make_home(load(os.environ, home=home).home), SystemClock().now)


def _made(key: ApiKey, shown: str, as_json: bool) -> None:
    if as_json:
        show({**_row(key, key.made), "key": shown})
        return
    click.echo(shown)
    what = f"key {key.id} of {key.tenant}/{key.subject}: {', '.join(key.scopes)}"
    click.echo(f"{what}. Keep it now: it is not shown again.", err=True)


def _row(key: ApiKey, now: float) -> dict[str, Any]:
    status = "revoked" if key.revoked is not None else "alive" if key.alive(now) else "expired"
    row = key.model_dump(mode="json", exclude={"hash"})
    return {**row, "status": status, **{name: _utc(row[name]) for name in ("made", "expires", "revoked")}}


def _utc(seconds: float | None) -> str | None:
    from datetime import UTC, datetime

    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
