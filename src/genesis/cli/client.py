"""How verbs talk to a running service: over HTTP, like everybody else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from genesis.errors import Forbidden, NetworkError

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 30.0

target_option = click.option("--target", metavar="URL", help="The service (default: host and port of the settings).")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


class ServiceRefused(click.ClickException):
    """The service answered with an error; its message and code are shown."""

    exit_code = 1


class Service:
    """A running service. Raises `NetworkError` when nobody answers, `ServiceRefused` when it says no."""

    def __init__(self, http: httpx.Client, target: str) -> None:
        self.http = http
        self.target = target

    def json(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of an answer."""
        return self._checked(method, path, **options).json()

    def text(self, path: str, **options: Any) -> str:
        """The text of an answer."""
        return self._checked("GET", path, **options).text

    def events(self, path: str, after: int) -> Iterator[dict[str, Any]]:
        """The events of a stream, until it ends."""
        import httpx

        headers = {"Last-Event-ID": str(after)}
        try:
            with self.http.stream("GET", path, headers=headers, timeout=httpx.Timeout(TIMEOUT_S, read=60.0)) as answer:
                if answer.status_code >= 400:
                    answer.read()
                    raise _refused(answer)
                for line in answer.iter_lines():
                    if line.startswith("data: "):
                        yield json.loads(line[6:])
        except httpx.HTTPError as error:
            raise self.unreachable(error) from error

    def _checked(self, method: str, path: str, **options: Any) -> httpx.Response:
        import httpx

        try:
            answer = self.http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise self.unreachable(error) from error
        if answer.status_code >= 400:
            raise _refused(answer)
        return answer

    def unreachable(self, error: Exception) -> NetworkError:
        """What to raise when nobody answers."""
        return NetworkError(f"{self.target} does not answer ({type(error).__name__}); is `genesis up` running there?")


@contextmanager
def service(target: str | None) -> Iterator[Service]:
    """The service at `target`, or the one that the settings name. GENESIS_KEY is sent along, when there is one.

    Raises `Forbidden` when the key would go to another machine unencrypted.
    """
    import httpx

    from genesis.security.edge.addresses import shown
    from genesis.security.edge.outbound import is_loopback
    from genesis.settings import load

    settings = load(os.environ)
    if target is None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        target = settings.url or f"http://{host}:{settings.port}"
    headers = {}
    if settings.key is not None:
        if not target.startswith("https://") and not is_loopback(target):
            raise Forbidden(f"{shown(target)}: GENESIS_KEY is not sent unencrypted to another machine; use https")
        headers["authorization"] = f"Bearer {settings.key.get_secret_value()}"
    # No proxy from the environment: the service is on this machine or named on purpose.
    with httpx.Client(base_url=target, timeout=TIMEOUT_S, trust_env=False, headers=headers) as http:
        yield Service(http, target)


def show(body: object) -> None:
    """Prints JSON."""
    click.echo(json.dumps(body, indent=2, ensure_ascii=False))


def _refused(answer: httpx.Response) -> ServiceRefused:
    try:
        error = answer.json()["error"]
        return ServiceRefused(f"{error['message']} [{error['code']}, correlation id {error['correlation_id']}]")
    except (ValueError, KeyError, TypeError):
        return ServiceRefused(f"{answer.url} answered {answer.status_code}, and not as a Genesis service does")
