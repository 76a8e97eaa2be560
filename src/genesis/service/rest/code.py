"""`POST /code/check`: whether code may go to the sandbox, by the allow-list; nothing of it is run."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from genesis.finding import Finding
from genesis.frozen import Frozen
from genesis.security.code.checker import Checker
from genesis.service.rest.body import json_response, read
from genesis.service.routing import Answer, Operation


class CodeRequest(Frozen):
    """Python source."""

    code: str


class CodeView(BaseModel):
    """`allowed` when there is no finding."""

    allowed: bool
    findings: list[Finding]


class Code:
    """The handler of `POST /code/check`."""

    def __init__(self, checker: Checker) -> None:
        self.checker = checker

    def operations(self) -> list[Operation]:
        answer = {200: Answer("Allowed, or what is not, by line.", CodeView)}
        return [Operation("POST", "/code/check", self.check, "Check code against the allow-list", answer, CodeRequest)]

    async def check(self, request: Request) -> Response:
        asked = await read(request, CodeRequest)
        findings = list(await self.checker.check(asked.code))
        view = CodeView(allowed=not findings, findings=findings)
        return json_response(view.model_dump(mode="json", exclude_none=True))
