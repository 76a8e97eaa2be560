"""Does a text try to give orders? One canonicaliser, families of patterns, a trained layer: a filter, not a wall.

    judgement = inspect(text, "user")      # or tool, memory, agent
    if judgement.blocked: ...              # judgement.category, .score, .view, .patterns

What it cannot see is an order that reads like ordinary work: against that stand provenance and the gating of actions.
"""

from genesis.security.guard.canonical import Canonical, View, canonical
from genesis.security.guard.guard import CHANNELS, Channel, Guard, Judgement, inspect, load, self_test

__all__ = [
    "CHANNELS",
    "Canonical",
    "Channel",
    "Guard",
    "Judgement",
    "View",
    "canonical",
    "inspect",
    "load",
    "self_test",
]
