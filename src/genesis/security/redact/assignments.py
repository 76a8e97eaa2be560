"""Values of names: `password: x`, `"apiKey": "x"`, `--token x`, `<secret>x</secret>`, `X-Api-Key: x`, `?token=x&`.

The name is read backwards from its last word, on which the gate stands, so that hostile text is not tried at every
word; every look is bounded.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from genesis.security.redact import filters
from genesis.security.redact.names import DOUBTFUL, KEYWORD, SUFFIX, SURE, judge
from genesis.security.redact.values import How, kind_of, names_provider, of_provider

# What may stand between a name and its value.
_CLOSERS = r"(?:\\{0,7}[\"'`]|[\]\)]|%22|&quot;|&#34;){0,3}"
_BETWEEN = (
    r"(?:[ \t]{0,20}(?:=>|:=|={1,3}|:|!=|%3[aAdD]|\\u003[adAD])|>"
    r"|,?[ \t]{0,4}\\{0,7}[\"']{0,2}value\\{0,7}[\"']{0,2}[ \t]{0,4}[=:]"  # {"name": "PASSWORD", "value": "x"}
    r"|,[ \t]{0,4}(?:default[ \t]?=[ \t]?)?)"
)
_VALUE = r"[ \t]{0,20}(?:[A-Za-z_][A-Za-z0-9_\[\].|]{0,40}[ \t]?=[ \t]?)?"
_OPENER = r"(?:\\{0,7}[\"'`]{1,3}|%22|&quot;|&#34;|[A-Za-z]{1,6}\(?\\?[\"'])?"
GATE = (
    rf"(?i:{SURE}{SUFFIX}{_CLOSERS}{_BETWEEN}{_VALUE}[^ \t\r\n]{{4}}"
    rf"|{DOUBTFUL}{SUFFIX}{_CLOSERS}{_BETWEEN}{_VALUE}{_OPENER}[^ \t\r\n\"'`,;&<>(){{}}]{{12}})"
)
FLAG = rf"(?i:--?[A-Za-z0-9_-]{{0,40}}{KEYWORD}{SUFFIX}[ \t]+)"
SAID = rf"(?i:{KEYWORD}[ \t]+(?:(?:is|was|of|to)[ \t]+[\"'`]?[^ \t\r\n]{{6}}|[\"'`]?[A-Za-z0-9_/+.~-]{{12}}))"
"""`token is x`, `.netrc`'s `password x`: believed only when the value looks random."""
CONTINUED = (
    rf"(?im:{KEYWORD}{SUFFIX}{_CLOSERS}[ \t]{{0,8}}"
    rf"(?:,|(?:[=:>]|=>|:=)[ \t]{{0,4}}(?:[|>]?[-+]?|[(\[]|\"{{3}}|'{{3}})|)[ \t]{{0,8}}\\?\r?$)"
)
"""The value comes on the next line."""

_HEAD = re.compile((rf"(?i)(?P<word>{KEYWORD}{SUFFIX})").encode())
_FLAG = re.compile((rf"(?i)--?[A-Za-z0-9_-]{{0,40}}(?P<word>{KEYWORD}{SUFFIX})(?=[ \t])").encode())
_SPACE = re.compile(rb"[ \t]{1,20}(?:(?:is|was|of|to)[ \t]+)?")
_SEPARATOR = re.compile((rf"(?i)(?P<closers>{_CLOSERS})(?P<between>{_BETWEEN})[ \t]{{0,20}}").encode())
_TYPED = re.compile(rb"[ \t]*[A-Za-z_][\w\[\]. |,]{0,60}?[ \t]*=[ \t]*(?=[rbuf]{0,2}[\"'])")
_NAME = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_ARN = re.compile(rb"arn:[a-z-]{1,20}:[a-z0-9-]{1,40}:[a-z0-9-]{0,30}:[0-9]{0,12}:$")
"""What follows names a thing of AWS, be it a secret's name: that is no secret."""
_FIELD = re.compile(rb"[^\s,\"'`<>()]{4,4000}+(?=,|\s*$)")
_SHORT = frozenset((b"key", b"keys", b"token", b"tokens"))
# Two quotes are one that was doubled for CSV or SQL, or they are empty, by what follows.
_OPENED = re.compile(
    rb"(?i)(?:Some\(|[rbuf]{0,2}|String\()?"
    rb"(?P<open>\"{3}|'{3}|\"\"(?=[^\s\",;)}\]&:])|''(?=[^\s',;)}\]&:])|\\{0,7}[\"'`]|%22|&quot;|&#34;)"
)
_BARE = re.compile(rb"[^\s\"'`<>\\]{1,4000}")
_QUOTED = {
    b'"': re.compile(rb'(?:[^"\\\n]|\\[^\n]){1,4000}'),
    b"'": re.compile(rb"(?:[^'\\\n]|\\[^\n]|''){1,4000}"),
    b"`": re.compile(rb"[^`\\\n]{1,4000}"),
}
_CUT = re.compile(
    rb"[,;&|)}\]]+(?:$|[\s\"']|[\w.\[\]-]{1,40}(?:=|:(?!//)))|%(?:22|26|7[dD]|0[aAdD])|&amp;|@(?=[\w.-]+[:/])"
)
_MARK = re.compile(rb"[,;&|)}\]%@]")
"""What `_CUT` begins with: a long value without any is passed over at once."""
_OWN = re.compile(rb"[\s+\->#*|\"'\[{,]*(?:export |ENV |set |SET |- |name: ?)?[\s\"']*")
_SCHEME = re.compile(
    rb"(?i)(?:(bearer|basic|token|apikey|api-key|ssws|splunk|geniekey|digest|negotiate|aws4-hmac-sha256|key|bot|jwt|"
    rb"zoho-oauthtoken)[ \t]+)(?:token[ \t]?=[ \t]?)?[\"']?"
)
_HEADER_VALUE = re.compile(rb"[^\s\"'`\\,;]{6,4000}")
_COOKIES = re.compile(rb"[^\"'`\n\r\\]{6,4000}")


MAX_VALUE = 3_990
MAX_NAME = 60
NEAR = 80


class Found(NamedTuple):
    """`start:end` is secret; what was read to know so begins at `anchor`."""

    start: int
    end: int
    kind: str
    anchor: int


def gate() -> str:
    """All that could name a secret that follows, or is on the next line."""
    return "|".join((FLAG, GATE, SAID, CONTINUED))


def find(line: bytes, at: int, to: int) -> tuple[int | None, Found | None]:
    """Where the last word of a name ends that stands where the gate has matched, if one does, and its secret value."""
    flag = line[at : at + 1] == b"-"
    head = _FLAG.match(line, at, to) if flag else _HEAD.match(line, at, to)
    if head is None:
        return None, None
    start, end = head.span("word")
    found = _named(line, start, end, flag=flag)
    if flag and found is None:  # `-sshpass -p x` is no flag, but a line that was taken out
        return at + (2 if line[at + 1 : at + 2] == b"-" else 1), None
    return end, found


def _named(line: bytes, start: int, end: int, *, flag: bool) -> Found | None:
    before = line[max(0, start - MAX_NAME) : start]
    before = before[len(before.rstrip(_NAME)) :]
    anchor = start - len(before)
    name = line[anchor:end].decode("latin-1")
    if not before and line[start:end].lower().split(b" ")[0] in _SHORT:
        name = _spaced(line, start) + name
    near = line[max(0, anchor - NEAR) : end]
    if not names_provider(near):
        if judge(name.strip("-.")) is None:
            return None  # most are: a cache's key, a parser's token
        near = b""
    if line[anchor - 1 : anchor] == b":" and _ARN.search(line, max(0, anchor - NEAR), anchor):
        return None
    separator = _SEPARATOR.match(line, end, min(len(line), end + 80))
    said = listed = False
    between = b" "
    if separator is not None:
        position = separator.end()
        between = separator["between"].lstrip()
        if between == b":" and (typed := _TYPED.match(line, position, min(len(line), position + 90))):
            position = typed.end()
        listed = between.startswith(b",") and b"alue" not in between
    else:
        space = _SPACE.match(line, end, min(len(line), end + 40))
        if space is None:
            return None
        position, said = space.end(), not name.startswith("-")
    return value_of(
        line, name.strip("-."), position, anchor, near=near, said=said, listed=listed, flag=flag, between=between
    )


def _spaced(line: bytes, start: int) -> str:
    """One or two words before a name that is one word: the `api` of `api key`."""
    if line[start - 1 : start] != b" " or start < 3:
        return ""
    words = line[max(0, start - 42) : start].decode("latin-1")
    found = list[str]()
    for word in reversed(words.split(" ")[-3:-1]):
        own = word.lstrip("\"'`([{<,")
        if not own.isalnum():
            break
        found.insert(0, own + " ")
        if own != word:
            break
    return "".join(found)


def value_of(
    line: bytes, name: str, at: int, anchor: int, *, near: bytes = b"", said: bool = False, listed: bool = False,
    flag: bool = False, between: bytes = b":",
) -> Found | None:  # fmt: skip
    """The value at `at` if, being named `name`, it is a secret. `near`: what stands before it, if it has a provider."""
    low = name.lower()
    if low.endswith("authorization"):
        return _authorization(line, at, anchor)
    if low.endswith("cookie"):
        return _cookies(line, at, anchor) if between[:1] in (b":", b"=") else None
    opened = _OPENED.match(line, at, min(len(line), at + 20))
    if opened is not None:
        start = opened.end()
        mark = opened["open"]
        if mark[:1] in (b"%", b"&"):
            stop = line.find(mark, start, start + 4000)
            end = max(start, stop)
        elif len(mark) > 1:
            stop = line.find(mark, start, start + 4000)
            end = stop if stop > start else _end(_BARE.match(line, start), start)
        else:
            end = _end(_QUOTED[mark].match(line, start), start)
    elif listed:  # `name,value`, a row of CSV; of arguments in code each is quoted, or is no value
        field = _FIELD.match(line, at) if line[at - 1 : at] == b"," and _own_line(line, anchor) else None
        if field is None:
            return None
        start, end = field.span()
    else:
        start = at
        end = _end(_BARE.match(line, start), start)
        end = _cut(line, start, end, own_line=_own_line(line, anchor) and b"=" in between)
    value = line[start:end]
    if len(value) < 4 or len(value) > MAX_VALUE:
        return None
    own = _own_line(line, anchor)
    row = listed and opened is None and end == len(line.rstrip()) and any(48 <= one < 58 for one in value)
    how = How(
        quoted=opened is not None, said=said or (listed and not row), own_line=own, tight=flag or between[-1:] != b":"
    )
    kind = kind_of(name, value, how, near=near)
    if kind is None and opened is not None and b"''" in value:  # not one quote that was doubled, but the end of two
        value = value[: value.index(b"''")]
        kind = kind_of(name, value, how, near=near)
    return Found(start, start + len(value), kind, anchor) if kind else None


def _end(match: re.Match[bytes] | None, start: int) -> int:
    return match.end() if match else start


def _own_line(line: bytes, anchor: int) -> bool:
    """Whether nothing but indentation, a dash, `export` or a mark of a diff stands before the name."""
    return _OWN.fullmatch(line, max(0, anchor - 60), anchor) is not None


def _cut(line: bytes, start: int, end: int, *, own_line: bool) -> int:
    """Where a value that nothing quotes ends: before the next pair, and before what closes the list that it is in."""
    value = line[start:end]
    if own_line and end >= len(line.rstrip()):
        return end
    first = _MARK.search(value)
    cut = _CUT.search(value, first.start()) if first is not None else None
    if cut is not None:
        end = start + cut.start()
    while end > start and line[end - 1 : end] in (b",", b";", b")", b"}", b"]", b".", b":"):
        end -= 1
    return end


def _authorization(line: bytes, at: int, anchor: int) -> Found | None:
    opened = _OPENED.match(line, at, min(len(line), at + 20))
    start = opened.end() if opened else at
    scheme = _SCHEME.match(line, start, min(len(line), start + 60))
    kind = "api_key_config"
    if scheme is not None:
        start = scheme.end()
        kind = {b"basic": "basic_auth_header", b"bearer": "bearer_auth_header"}.get(scheme[1].lower(), kind)
    value = _HEADER_VALUE.match(line, start)
    if value is None or filters.is_example(value[0]) or filters.is_reference(value[0]):
        return None
    if scheme is None and (filters.is_code(value[0]) or value[0].isalpha() or len(value[0]) < 12):
        return None
    if value[0].isalpha() and value[0].lower() in filters.WORDS:
        return None
    end = _cut(line, value.start(), value.end(), own_line=False)
    if end - start < 6:
        return None
    provider = of_provider(line[max(0, anchor - NEAR) : start], "", line[start:end])
    return Found(start, end, provider or kind, anchor)


def _cookies(line: bytes, at: int, anchor: int) -> Found | None:
    opened = _OPENED.match(line, at, min(len(line), at + 20))
    value = _COOKIES.match(line, opened.end() if opened else at)
    if value is None or b"=" not in value[0] or filters.is_reference(value[0].strip()):
        return None
    start, end = value.span()
    end -= len(value[0]) - len(value[0].rstrip(b" \t,;)}]"))
    return Found(start, end, "session_cookie", anchor)
