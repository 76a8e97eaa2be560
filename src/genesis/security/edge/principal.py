"""Who asks: an owner and what it may do. The one place that says whose runs are whose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from genesis.errors import Forbidden, Unauthorized

Scope = Literal["read", "run", "approve", "operate", "admin", "probe"]
"""`read` one's runs; `run`: give, cancel, resume, plan; `approve` effects; `operate`: logs, metrics, health; `admin`:
everything, on one's own runs; `probe`: `read` and `run` as tenant `probe`, health and metrics."""

SCOPES: tuple[Scope, ...] = get_args(Scope)
CONSENT: frozenset[Scope] = frozenset({"approve", "admin"})
"""What no agent is given."""
Speaker = Literal["user", "agent"]
"""Who a credential was given to: a person (or what speaks for one word by word), or an agent that finds its own."""
PROBE = "probe"
"""The tenant of every key with scope `probe`, and of no other: what checks do is nobody's work."""


class Owner(NamedTuple):
    """Whose a run is. No credential can name the empty tenant, so nobody else can become the local owner."""

    tenant: str
    subject: str


LOCAL = Owner("", "")
"""Who has the machine: the keyless caller of `dev`, the admin key, and every run made before runs had owners."""


@dataclass(frozen=True)
class Principal:
    """A caller that is known. `agents`: only runs of these (empty: of any). `key`: which credential, for the logs.

    `trust`: whose word its objectives are. An agent's is nobody's consent: it approves nothing, whatever its scopes.
    """

    owner: Owner
    scopes: frozenset[Scope]
    agents: frozenset[str] = frozenset()
    key: str = ""
    trust: Speaker = "user"

    def may(self, *scopes: Scope) -> bool:
        """Whether it has one of `scopes`; `admin` has all."""
        granted = self.scopes - CONSENT if self.trust == "agent" else self.scopes
        return "admin" in granted or not granted.isdisjoint(scopes)

    def must(self, *scopes: Scope) -> None:
        """Raises `Forbidden` when it has none of `scopes`."""
        if not self.may(*scopes):
            raise Forbidden(f"this needs a key with scope {' or '.join(scopes)}")

    def sees(self, owner: Owner, agent: str | None) -> bool:
        """Whether a run of `owner` that was given to `agent` (None: to whom the plan says) is its own."""
        return owner == self.owner and (not self.agents or agent in self.agents)

    def who(self, said: str) -> str:
        """The name for what it decided. A named caller is called that, whatever it says; the local owner may say."""
        return said if self.owner == LOCAL else self.owner.subject


HERE = Principal(LOCAL, frozenset({"read", "run", "approve", "operate", "probe"}), key="keyless")
"""The keyless caller of profile `dev`: somebody on this machine."""

_current: ContextVar[Principal | None] = ContextVar("genesis_principal", default=None)


def current() -> Principal:
    """Who asks. Raises `Unauthorized` when nobody has been let in: forgotten is refused."""
    found = _current.get()
    if found is None:
        raise Unauthorized("this needs a key: send `Authorization: Bearer KEY`")
    return found


@contextmanager
def acting(principal: Principal | None) -> Iterator[None]:
    """Binds who asks, for as long as the block lasts."""
    token = _current.set(principal)
    try:
        yield
    finally:
        _current.reset(token)


def enter(principal: Principal) -> None:
    """Says who asks from here on, within the innermost `acting`."""
    _current.set(principal)
