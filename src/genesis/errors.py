"""Every error that Genesis raises on purpose.

    GenesisError
    ├── DecompositionError        decomposition  no plan could be made
    │   └── PlanInvalid                          a plan or an edit breaks the rules of plans
    ├── RoutingError              routing        no agent, or a rule set that contradicts itself
    ├── ValidationError           validation     what came in is wrong; the caller can mend it
    │   ├── AgentRefused                         a remote agent rejected a task, or speaks otherwise than we do
    │   ├── ObjectiveInvalid                     empty, over-long, binary
    │   ├── RequestInvalid                       a malformed request, a field out of range
    │   │   └── BodyTooLarge, MethodNotAllowed
    │   ├── FileInvalid                          a file of ours or of the user's: file, line, field
    │   ├── NotFound                             no such run, agent, artifact
    │   ├── Conflict                             same id with another body; a state that forbids it
    │   └── PlanRefused                          vetting said no; nothing was spent
    ├── NetworkError              network        an address did not answer, or answered wrongly
    │   └── AgentFailed                          a remote agent did the task, and failed at it
    ├── ResourceError             resource       something that this machine or budget ran out of
    │   ├── BudgetExceeded, DeadlineExceeded
    │   ├── HomeInUse, PortInUse                 another process has it
    │   ├── StorageFailed                        disk full, database locked or unreadable
    │   ├── Overloaded                           a queue is full; carries retry_after
    │   ├── RateLimited                          one caller asks for too much; carries retry_after
    │   └── NeedsMissing                         "could not run: needs X"
    ├── ModelError                llm            a language model failed or answered garbage
    ├── SecurityError             security       refused for safety
    │   ├── Unauthorized, Forbidden
    │   ├── WorkspaceRefused                     outside the allowed roots, or leads out by link
    │   ├── ActionDenied                         a tool call aimed at what nobody but a file, page or agent named
    │   ├── ActionHeld                           the same, and a person may say whether it is done
    │   ├── SandboxUnavailable                   no kernel isolation here, so nothing foreign runs
    │   └── SwitchedOff                          a kill switch is on
    └── UnclassifiedError         unknown        a bug: meet one, give it a class above

`code` is for machines and never changes; `message` is for a tired person: what happened, where, what to do. Clients see
`to_json()` and nothing else: never an exception's text from below, never a stack.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Category = Literal["decomposition", "routing", "validation", "network", "resource", "llm", "security", "unknown"]


class GenesisError(Exception):
    """Base of the tree. Catch it at a door, and nowhere else."""

    code: ClassVar[str] = "INTERNAL"
    category: ClassVar[Category] = "unknown"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after

    def to_json(self, correlation_id: str) -> dict[str, object]:
        """The one JSON shape of errors (DESIGN section 4)."""
        body: dict[str, object] = {
            "code": self.code,
            "category": self.category,
            "message": self.message,
            "correlation_id": correlation_id,
        }
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        return {"error": body}


class DecompositionError(GenesisError):
    """No plan could be made. Reword the objective, or name an agent."""

    code = "DECOMPOSITION_FAILED"
    category = "decomposition"
    http_status = 422


class PlanInvalid(DecompositionError):
    """A plan breaks a rule of plans (cycle, unknown task, limit). The message names the tasks."""

    code = "PLAN_INVALID"


class RoutingError(GenesisError):
    """No agent can take a task. Add one, or loosen the rule that the message names."""

    code = "NO_AGENT"
    category = "routing"
    http_status = 422


class ValidationError(GenesisError):
    """What came in is wrong; the caller can mend it."""

    code = "INVALID"
    category = "validation"
    http_status = 400


class AgentRefused(ValidationError):
    """A remote agent rejected a task, or offers no way of asking that Genesis knows."""

    code = "AGENT_REFUSED"
    http_status = 422


class ObjectiveInvalid(ValidationError):
    """The objective is empty, over-long or not text."""

    code = "OBJECTIVE_INVALID"


class RequestInvalid(ValidationError):
    """A request is malformed; the message names the field and what is allowed."""

    code = "REQUEST_INVALID"


class BodyTooLarge(RequestInvalid):
    """A request's body is over the limit."""

    code = "BODY_TOO_LARGE"
    http_status = 413


class MethodNotAllowed(RequestInvalid):
    """The path is served, but not with this method; the message has those that are."""

    code = "METHOD_NOT_ALLOWED"
    http_status = 405


class FileInvalid(ValidationError):
    """An agent, rule or settings file is wrong. The message names file, line, field and what is allowed."""

    code = "FILE_INVALID"


class NotFound(ValidationError):
    """Nothing of that name is here (or it is not the caller's)."""

    code = "NOT_FOUND"
    http_status = 404


class Conflict(ValidationError):
    """The same id with another body, or an operation that the present state forbids."""

    code = "CONFLICT"
    http_status = 409


class PlanRefused(ValidationError):
    """Vetting refused the plan before anything was spent; the findings say why and which edit would mend it."""

    code = "PLAN_REFUSED"
    http_status = 422


class NetworkError(GenesisError):
    """An address did not answer, or answered something else."""

    code = "NETWORK_FAILED"
    category = "network"
    http_status = 502


class AgentFailed(NetworkError):
    """A remote agent says that it failed, or that the task was canceled there. Not repeated: it had its try."""

    code = "AGENT_FAILED"


class ResourceError(GenesisError):
    """This machine, or the run's budget, ran out of something."""

    code = "RESOURCE_EXHAUSTED"
    category = "resource"
    http_status = 503


class BudgetExceeded(ResourceError):
    """The next task would cost more than is left. Raise the budget and resume."""

    code = "BUDGET_EXCEEDED"
    http_status = 402


class DeadlineExceeded(ResourceError):
    """The run's or the task's time is over."""

    code = "DEADLINE_EXCEEDED"
    http_status = 504


class HomeInUse(ResourceError):
    """Another process serves this GENESIS_HOME; the message has its pid and address."""

    code = "HOME_IN_USE"


class PortInUse(ResourceError):
    """Another process listens on the port."""

    code = "PORT_IN_USE"


class StorageFailed(ResourceError):
    """The disk is full, or the database is locked or unreadable. What was acknowledged is safe."""

    code = "STORAGE_FAILED"


class Overloaded(ResourceError):
    """A queue is full; `retry_after` says when to come back."""

    code = "OVERLOADED"


class RateLimited(ResourceError):
    """One caller asks too often, or has too much open; `retry_after` says when to come back."""

    code = "RATE_LIMITED"
    http_status = 429


class NeedsMissing(ResourceError):
    """A tool could not run because something is not there. Never a finding about the workspace."""

    code = "NEEDS_MISSING"


class ModelError(GenesisError):
    """A language model failed or answered something unusable."""

    code = "MODEL_FAILED"
    category = "llm"
    http_status = 502


class SecurityError(GenesisError):
    """Refused for safety."""

    code = "REFUSED"
    category = "security"
    http_status = 403


class Unauthorized(SecurityError):
    """No key, or a wrong one."""

    code = "UNAUTHORIZED"
    http_status = 401


class Forbidden(SecurityError):
    """The key is good, but not for this."""

    code = "FORBIDDEN"


class WorkspaceRefused(SecurityError):
    """The workspace is outside the allowed roots, leads out of them by a link, or cannot be read."""

    code = "WORKSPACE_REFUSED"


class ActionDenied(SecurityError):
    """A tool call was stopped: what it was aimed at came from material, not from the user. Name it in the objective."""

    code = "ACTION_DENIED"


class ActionHeld(SecurityError):
    """A tool call waits for a person: what it is aimed at came from material, not from the user."""

    code = "ACTION_HELD"


class SandboxUnavailable(SecurityError):
    """This host has no kernel isolation that Genesis knows, so foreign code is not run."""

    code = "SANDBOX_UNAVAILABLE"
    http_status = 503


class SwitchedOff(SecurityError):
    """A kill switch is on; the message names it and who turned it."""

    code = "SWITCHED_OFF"
    http_status = 503


class UnclassifiedError(GenesisError):
    """An exception that nobody has classified yet: a bug. The log has it under the correlation id."""


def classify(error: BaseException) -> GenesisError:
    """The tree's view of any exception; what is not known becomes `UnclassifiedError` with no text of the original.

    >>> classify(ConnectionRefusedError()).category
    'network'
    >>> classify(KeyError("secret")).message
    'an internal error (KeyError); the log has it under the correlation id'
    """
    if isinstance(error, GenesisError):
        return error
    if isinstance(error, TimeoutError):
        return DeadlineExceeded("a step took longer than its limit")
    if isinstance(error, ConnectionError):
        return NetworkError(f"a connection failed ({type(error).__name__})")
    if isinstance(error, MemoryError):
        return ResourceError("out of memory")
    if isinstance(error, OSError) and error.errno == 28:  # ENOSPC
        return StorageFailed("the disk is full; free some space and resume the run")
    return UnclassifiedError(f"an internal error ({type(error).__name__}); the log has it under the correlation id")
