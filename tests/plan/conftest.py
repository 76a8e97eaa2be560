"""One fleet for the planner's tests; its index is built once."""

from __future__ import annotations

import pytest

from genesis.agents import registry
from genesis.agents.registry import Registry
from genesis.plan import Catalog, of_agents


@pytest.fixture(scope="session")
def fleet() -> Registry:
    return registry.load()


@pytest.fixture(scope="session")
def catalog(fleet: Registry) -> Catalog:
    return of_agents(fleet)
