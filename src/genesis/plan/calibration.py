"""What a planner's score is worth: the share of plans with such a score whose agents were right.

`calibration.json` is made by `python -m benchmarks.requests.calibrate` from requests that no layer was trained with
(training/requests/held_out.jsonl); nothing of the request corpus goes into it.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("calibration.json")


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """`steps`: rising pairs of score and share right."""
    content: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return content


def calibrated(score: float) -> float:
    """The share right at this score, by the step at or below it.

    >>> calibrated(0.9) >= calibrated(0.3)
    True
    """
    share: float = table()["steps"][0][1]
    for at, right in table()["steps"]:
        if score >= at:
            share = right
    return share
