"""The composition root: settings in, the parts of a service out. Every choice of what is used for what is here."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from genesis.agents.registry import Registry, load
from genesis.agents.toolbox import ArtifactStore
from genesis.clock import Clock, SystemClock
from genesis.errors import FileInvalid, StorageFailed
from genesis.execute.execution import Prepare
from genesis.execute.prepare import Prepared, prepare_plan, preparer, screened
from genesis.execute.replan import instead
from genesis.execute.run import Run
from genesis.execute.runs import Runs
from genesis.flags.switches import Switches
from genesis.plan.plan import Plan
from genesis.report.build import report
from genesis.report.html import html
from genesis.report.markdown import markdown
from genesis.resilience.breaker import Breaker
from genesis.route.rules import RuleBook
from genesis.security import guard
from genesis.security.edge import keys
from genesis.security.edge.apikeys import ApiKeys
from genesis.security.edge.origin import LOOPBACK, name
from genesis.security.edge.rate import Limits
from genesis.security.edge.tokens import MAX_JWKS_BYTES, Fetch, Tokens
from genesis.security.gate import Policy
from genesis.security.guard.screen import Second, counted
from genesis.security.redact.own import secrets_of
from genesis.security.redact.redactor import Redactor
from genesis.service.parts import Lifecycle, Parts, Render, ReportFormat
from genesis.settings import Settings
from genesis.telemetry.correlation import Bits, random_bits
from genesis.telemetry.logs import JsonLines
from genesis.telemetry.metrics import Metrics
from genesis.yamlfile import read_yaml

Planning = tuple[Prepare, Callable[[Plan], Awaitable[Prepared]]]
"""What makes plans, and what routes and vets one that is there."""


def parts(
    settings: Settings,
    url: str,
    logs: JsonLines,
    *,
    planner: Callable[[Registry], Planning] | None = None,
    clock: Clock | None = None,
    bits: Bits = random_bits,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Parts:
    """Everything that a service of `settings` is made of; it is reached at `url`. The secrets among `environment`
    (`os.environ` in production) are taken out of whatever the service writes or tells.

    Raises `StorageFailed`, `Unauthorized` (a profile that needs a key, an address that is not loopback), `FileInvalid`.
    """
    clock = clock or SystemClock()
    home = make_home(settings.home)
    issued = ApiKeys(home, clock.now)
    key = keys.admin_key(settings, others=settings.jwt_issuer is not None or issued.any_alive())
    url = settings.url or url
    registry = load(home / "agents", private=settings.profile == "dev")
    switches = Switches(home / "switches.json")
    metrics = Metrics()
    tag_key = keys.tag_key(home)
    own = [key.get_secret_value(), tag_key.decode(), *secrets_of(environment)]
    redactor = Redactor(tag_key, own, count=metrics.redacted)
    if (pepper := issued.pepper()) is not None:
        redactor.register(pepper)
    logs.redact = redactor.redact_value
    store = ArtifactStore(home / "artifacts", redactor.redact)
    metrics.log_lines(lambda: logs.written, lambda: logs.lost)
    metrics.switches(settings.host, lambda: switches.generation)
    book = RuleBook(home / "rules.yaml", registry.agents)
    if book.problem is not None:  # at a start there is no last good set of the user's to go on with
        raise FileInvalid(book.problem)
    guard.self_test()  # one that silently never works is worse than none
    prepare, again = planner(registry) if planner else planning(registry, book)
    prepare = screened(prepare, counted(metrics.blocked), _second(settings, clock, metrics))
    runs = Runs(
        settings.database,
        registry,
        prepare,
        store,
        clock,
        random.Random(random_bits(64)),
        vet_edit=again,
        replan=partial(instead, registry=registry),
        outbox=home / "releases",
        private=settings.profile == "dev",
        admit=switches.check,
        metrics=metrics,
        policy=policy(home / "gate.yaml"),
        keep_days=settings.keep_days,
        redactor=redactor,
    )
    uploads = home / "uploads"
    runs.also_forget(lambda names: asyncio.to_thread(_remove, [uploads / name for name in names]))
    return Parts(
        profile=settings.profile,
        url=url,
        hosts=LOOPBACK | {name(urlsplit(url).netloc), f"[{settings.host}]" if ":" in settings.host else settings.host},
        workspaces=settings.workspaces,
        home=home,
        uploads=uploads,
        admin_key=key,
        keys=issued,
        tokens=None if settings.jwt_issuer is None else Tokens(settings, clock, _jwks(settings)),
        openid=settings.jwt_issuer,
        limits=Limits(per_minute=settings.requests_per_minute),
        registry=registry,
        runs=runs,
        prepare=prepare,
        prepare_plan=again,
        render=renderer(registry, redactor),
        redactor=redactor,
        artifacts=store,
        switches=switches,
        metrics=metrics,
        logs=logs,
        clock=clock,
        bits=bits,
        lifecycle=Lifecycle(),
    )


def _jwks(settings: Settings) -> Fetch:
    """What fetches the keys of the token issuer, by the guarded way out."""

    async def get(url: str) -> bytes:
        from genesis.security.edge import guarded

        return await guarded.fetch(url, private=settings.profile == "dev", max_bytes=MAX_JWKS_BYTES, total_s=5.0)

    return get


def _second(settings: Settings, clock: Clock, metrics: Metrics) -> Second | None:
    """Who is asked about what the filter lets pass, if anybody is."""
    if settings.guard_url is None:
        return None
    from genesis.security.guard.served import Served, second

    served = Served(settings.guard_url, settings.guard_labels, settings.guard_least, Breaker(clock.monotonic))
    return second(served, metrics.guard_served, metrics.blocked)


def policy(file: Path) -> Policy:
    """What the gate does with values that nobody vouched for. Raises `FileInvalid`."""
    return read_yaml(file, Policy) if file.exists() else Policy()


def make_home(home: Path) -> Path:
    """GENESIS_HOME, readable by its owner alone. Raises `StorageFailed` when nothing can be written there."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StorageFailed(f"GENESIS_HOME {home}: cannot be written ({error.strerror})") from error
    return home


def _remove(folders: Sequence[Path]) -> None:
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)


def planning(registry: Registry, book: RuleBook) -> Planning:
    """Plans over this fleet, and the routing and vetting of a plan that is there already, by the rules in force."""

    async def again(made: Plan) -> Prepared:
        return await asyncio.to_thread(prepare_plan, made, registry, rules=book.current())

    return preparer(registry, rules=book.current), again


def renderer(registry: Registry, redactor: Redactor) -> Render:
    """What writes reports."""

    def render(run: Run, kind: ReportFormat) -> str:
        made = report(run, registry)
        if kind == "json":
            return redactor.redact_json(made.model_dump_json(indent=2).encode()).decode()
        text = markdown(made) if kind == "md" else html(made, artifacts_at=f"/task/{run.id}/artifacts")
        return redactor.redact(text)

    return render
