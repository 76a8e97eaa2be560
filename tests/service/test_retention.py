"""What the service keeps of a run beside the engine goes with it: messages and uploads."""

from __future__ import annotations

import asyncio
import base64
import sqlite3

from tests.service.conftest import Start


async def test_uploads_and_messages_go_with_their_run(start: Start) -> None:
    service = await start()
    said = []
    for number in range(2):
        content = base64.b64encode(b"a,b\n1,2\n").decode()
        parts = [{"text": "List them"}, {"raw": content, "filename": "sales.csv", "mediaType": "text/csv"}]
        body = {"message": {"messageId": f"m-{number}", "role": "ROLE_USER", "parts": parts}}
        answer = await service.http.post("/agents/lister/message:send", json=body, headers={"A2A-Version": "1.0"})
        assert answer.status_code == 200, answer.text
        said.append(answer.json()["task"]["id"])
    old, young = said
    uploads, runs = service.parts.uploads, service.parts.runs
    async with asyncio.timeout(20):
        while runs._live:
            await asyncio.sleep(0.005)
    assert {folder.name for folder in uploads.iterdir()} == {old, young}
    await runs._database.write(
        lambda c: c.exec_driver_sql("UPDATE genesis_runs SET finished = 1.0 WHERE id = ?", (old,)).rowcount
    )
    assert await runs.retention.expire(1.0) == 1
    assert {folder.name for folder in uploads.iterdir()} == {young}
    with sqlite3.connect(service.parts.home / "messages.db") as direct:
        kept = [name for (name,) in direct.execute("SELECT run FROM messages")]
    direct.close()
    assert kept == [young]
    assert (await service.http.get(f"/task/{old}")).status_code == 404
    assert (await service.http.get(f"/agents/lister/tasks/{old}", headers={"A2A-Version": "1.0"})).status_code == 404
    assert (await service.http.get(f"/task/{young}")).json()["status"] == "completed"
