"""What a message asks for: words, files, an answer. Everything that it may hold is bounded and checked here."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import orjson
from a2a.types.a2a_pb2 import Message, Role, SendMessageRequest
from google.protobuf.json_format import MessageToDict, ParseDict  # type: ignore[import-untyped]

from genesis.errors import ObjectiveInvalid, RequestInvalid
from genesis.objective import MAX_OBJECTIVE_CHARS
from genesis.security.edge.principal import LOCAL, Owner
from genesis.security.edge.upload import UploadedFile
from genesis.security.redact.redactor import Redactor
from genesis.service.a2a.errors import MediaNotSupported, PushNotSupported

MAX_PARTS = 64
MAX_REST_BYTES = 16_384
"""Of a message without its words and files: names, metadata, extensions."""
MAX_SMALL_DATA = 4096
"""Of all data parts together; what is more is kept as files are."""
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}")
_ID = re.compile(r"[\x21-\x7e]{1,128}")
_YES = frozenset({"yes", "y", "approve", "approved", "ok", "go", "go ahead"})
_NO = frozenset({"no", "n", "reject", "rejected", "refuse", "refused", "deny", "denied", "stop"})


@dataclass(frozen=True)
class Asked:
    """A message, read. `approve` is set when it plainly says yes or no, or in a data part `{"approve": bool}`."""

    text: str
    files: tuple[UploadedFile, ...]
    approve: bool | None
    metadata: dict[str, Any]
    digest: str


def read(request: SendMessageRequest, redactor: Redactor) -> Asked:
    """What is asked; the message itself is left without its secrets, since it is kept and told as history. Files and
    data are what is worked on, and stay as they are.

    Raises `RequestInvalid` with the field, `MediaNotSupported`, `PushNotSupported`.
    """
    message = request.message
    _identity(request, message)
    if not 1 <= len(message.parts) <= MAX_PARTS:
        raise RequestInvalid(f"message.parts: has {len(message.parts)}; from 1 to {MAX_PARTS} are taken")
    if request.configuration.HasField("task_push_notification_config"):
        raise PushNotSupported("push notifications are not offered; stream, or ask with GetTask")
    modes = request.configuration.accepted_output_modes
    if modes and not any(mode in {"text/plain", "application/json", "text/*", "*/*"} for mode in modes):
        raise MediaNotSupported("configuration.acceptedOutputModes: answers are text/plain and application/json")
    words: list[str] = []
    files: list[UploadedFile] = []
    approve: bool | None = None
    for at, part in enumerate(message.parts):
        kind = part.WhichOneof("content")
        if kind == "text":
            if part.media_type and not part.media_type.startswith("text/"):
                raise MediaNotSupported(f"message.parts[{at}].mediaType: text is text/*, not {part.media_type[:100]!r}")
            words.append(part.text)
        elif kind == "raw":
            files.append(UploadedFile(part.filename or f"file-{at + 1}", part.raw))
        elif kind == "data":
            data = MessageToDict(part.data)
            if isinstance(data, dict) and isinstance(data.get("approve"), bool):
                approve = data["approve"]
            else:
                files.append(UploadedFile(part.filename or f"data-{at + 1}.json", orjson.dumps(data)))
        elif kind == "url":
            raise MediaNotSupported(f"message.parts[{at}].url: addresses are not fetched; send the bytes in `raw`")
        else:
            raise RequestInvalid(f"message.parts[{at}]: one of text, raw, data")
    if (length := sum(map(len, words))) > MAX_OBJECTIVE_CHARS:  # before it is searched for secrets: that takes its time
        raise ObjectiveInvalid(
            f"message.parts: {length:,} characters of text; at most {MAX_OBJECTIVE_CHARS:,} are read. "
            "Send the long part as a file"
        )
    text = "\n\n".join(redactor.redact(one) for one in words)
    if approve is None:
        plain = text.strip().strip(".!").lower()
        approve = True if plain in _YES else False if plain in _NO else None
    metadata = _metadata(request)
    _redact(message, redactor)
    return Asked(text, tuple(files), approve, metadata, _digest(message))


def _redact(message: Message, redactor: Redactor) -> None:
    files = files_of(message)
    bare = Message()
    bare.CopyFrom(message)
    for at in files:
        bare.parts[at].ClearField("content")
    words = sum(len(part.text.encode()) for part in bare.parts)
    data = sum(part.data.ByteSize() for part in bare.parts)
    if (rest := bare.ByteSize() - words - data) > MAX_REST_BYTES:
        raise RequestInvalid(
            f"message: its metadata, extensions, referenceTaskIds and the names of its parts have {rest:,} bytes; "
            f"at most {MAX_REST_BYTES:,} are taken"
        )
    said = MessageToDict(bare)
    told = redactor.redact_value(said)
    if told != said:
        redacted = ParseDict(told, Message())
        for at in files:
            part = redacted.parts[at]
            if message.parts[at].WhichOneof("content") == "raw":
                part.raw = message.parts[at].raw
            else:
                part.data.CopyFrom(message.parts[at].data)
        message.CopyFrom(redacted)


def files_of(message: Message) -> dict[int, int]:
    """Which parts are files to the history, which only names them, and their bytes: raw ones, and data that is not
    small."""
    kinds = [part.WhichOneof("content") for part in message.parts]
    data = {at: part.data.ByteSize() for at, part in enumerate(message.parts) if kinds[at] == "data"}
    raw = {at: len(part.raw) for at, part in enumerate(message.parts) if kinds[at] == "raw"}
    return raw | data if sum(data.values()) > MAX_SMALL_DATA else raw


def check_bytes(params: Any) -> None:
    """Raises `RequestInvalid` when a part's `raw` is not base64: protobuf drops what it does not know, and the file
    that came out would be another than the one that was sent."""
    message = params.get("message") if isinstance(params, dict) else None
    parts = message.get("parts") if isinstance(message, dict) else None
    for at, part in enumerate(parts if isinstance(parts, list) else ()):
        raw = part.get("raw") if isinstance(part, dict) else None
        if isinstance(raw, str) and (_BASE64.fullmatch(raw) is None or len(raw.rstrip("=")) % 4 == 1):
            raise RequestInvalid(f"message.parts[{at}].raw: not base64")


def run_id(owner: Owner, agent: str | None, message: Message, digest: str) -> str:
    """The run that this message of `owner` makes: the same message, sent again, names the same run.

    The digest is part of it because messageId alone is not kept unique by clients; another body is another message.
    """
    name = f"{agent or ''}\0{message.message_id}\0{digest}"
    if owner != LOCAL:  # whose runs had these names before there were owners
        name = f"{owner.tenant}\0{owner.subject}\0{name}"
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _identity(request: SendMessageRequest, message: Message) -> None:
    if not request.HasField("message"):
        raise RequestInvalid("message: is required")
    if not _ID.fullmatch(message.message_id):
        raise RequestInvalid("message.messageId: is required, at most 128 visible ASCII characters")
    for field, value in (("contextId", message.context_id), ("taskId", message.task_id)):
        if value and not _ID.fullmatch(value):
            raise RequestInvalid(f"message.{field}: at most 128 visible ASCII characters")
    if message.role != Role.ROLE_USER:
        raise RequestInvalid("message.role: must be ROLE_USER")
    if request.tenant:
        raise RequestInvalid("tenant: the card names none, so none is taken")


def _metadata(request: SendMessageRequest) -> dict[str, Any]:
    """The request's metadata over the message's. Read are `workspace`, `task_type` and `skill`."""
    found = {**MessageToDict(request.message.metadata), **MessageToDict(request.metadata)}
    for key in ("workspace", "task_type", "skill"):
        if key in found and not isinstance(found[key], str):
            raise RequestInvalid(f"metadata.{key}: must be text")
        if len(found.get(key, "")) > MAX_REST_BYTES:
            raise RequestInvalid(f"metadata.{key}: more than {MAX_REST_BYTES:,} characters")
    return found


def _digest(message: Message) -> str:
    return hashlib.sha256(message.SerializeToString(deterministic=True)).hexdigest()
