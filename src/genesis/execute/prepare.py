"""Plan, route and vet: everything that happens before anything is spent."""

from __future__ import annotations

from pydantic import Field

from genesis.frozen import Frozen
from genesis.route.routed import RoutedPlan
from genesis.vet.vetting import Vetting


class Prepared(Frozen):
    """A plan that is routed and vetted, with the seconds that each stage took."""

    routed: RoutedPlan
    vetting: Vetting
    seconds: dict[str, float] = Field(default_factory=dict)
