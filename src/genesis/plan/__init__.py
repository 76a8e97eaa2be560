"""HTDAG: Objective -> Plan. Tasks, edges, decomposition, edits and replanning."""

from genesis.plan.catalog import Catalog, of_agents
from genesis.plan.decompose import plan

__all__ = ["Catalog", "of_agents", "plan"]
