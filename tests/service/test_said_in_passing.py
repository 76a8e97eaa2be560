"""Secrets in what is neither an objective nor an answer: a plan that is only asked for, a reason."""

from __future__ import annotations

from genesis.execute.prepare import Prepared
from genesis.objective import Objective
from genesis.plan.plan import Plan
from genesis.route.routed import RoutedPlan
from genesis.vet.vetting import Vetting
from tests.service.conftest import Start

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"


async def test_who_plans_is_not_told_the_secret(start: Start) -> None:
    """A planner asks others: a served guard model reads every objective."""
    told: list[str] = []

    async def prepare(objective: Objective) -> Prepared:
        told.append(objective.text)
        plan = Plan(objective=objective, level="minimal", confidence=1, question="Which one?")
        return Prepared(routed=RoutedPlan(plan=plan), vetting=Vetting())

    service = await start(prepare=prepare)
    answer = await service.http.post("/plan", json={"description": f"Echo {TOKEN}", "agent": "echo"})
    assert answer.status_code == 200 and len(told) == 1 and TOKEN not in told[0]


async def test_the_reason_of_a_switch_is_kept_without_it(start: Start) -> None:
    service = await start()
    body = {"on": True, "reason": f"leaked {TOKEN}", "by": f"ann {TOKEN}"}
    key = {"authorization": f"Bearer {service.parts.admin_key.get_secret_value()}"}
    assert (await service.http.put("/switches/emergency_shutdown", json=body, headers=key)).status_code == 200
    kept = (service.parts.home / "switches.json").read_text()
    assert TOKEN not in kept and kept.count("[REDACTED:github_pat:") == 2
