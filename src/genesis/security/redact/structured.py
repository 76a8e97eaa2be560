"""Values of mappings, by their keys: there is no doubt where a value begins, ends, or what it is called."""

from __future__ import annotations

from genesis.security.redact import filters
from genesis.security.redact.assignments import MAX_VALUE
from genesis.security.redact.names import judge
from genesis.security.redact.values import How, kind_of


def secret_named(name: str, value: str) -> str | None:
    """The kind of `value` if, being called `name`, it is secret as a whole."""
    meaning = judge(name)
    if meaning is None or not value.strip():
        return None
    data = value.encode("utf-8", "surrogatepass")
    if b"[REDACTED:" in data:
        return None
    if name.lower().endswith(("authorization", "cookie")):
        if filters.is_reference(data) or len(data) < 6:
            return None
        return "session_cookie" if "cookie" in name.lower() else "bearer_auth_header"
    if len(data) > MAX_VALUE:
        return meaning.kind if meaning.sure and b" " not in data else None
    return kind_of(name, data, _WHOLE, near=name.encode("utf-8", "replace"))


_WHOLE = How(quoted=True, said=False, own_line=True, tight=True)
