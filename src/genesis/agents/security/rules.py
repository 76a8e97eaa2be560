"""What the tests of bandit mean here: a kind, a severity for shipped code, what it is and what mends it.

Left out on purpose: asserts, bare imports of modules that can be misused, subprocess without a shell, `try: pass`, and
hard-coded passwords, which the secret scan judges with more to go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from genesis.finding import Severity

Judge = Literal["flat", "traced", "hash", "random", "debug", "bidirectional", "archive"]
"""How the severity is found: as it stands, from the trace of inputs, or from what the code around says it is for.

Where the trace saw the whole file and nothing that is filled in, a traced rule is of no weight."""


@dataclass(frozen=True)
class Rule:
    """`severity` is that of shipped code with nothing more known."""

    kind: str
    severity: Severity
    message: str
    remedy: str
    cwe: int
    judge: Judge = "flat"


SQL = (
    "a value is written into the text of an SQL statement",
    "Pass values as parameters of the statement (`?`, `%s`, `:name`).",
    89,
)
SHELL = ("a command line is put together and given to a shell", "Pass a list of arguments without `shell=True`.", 78)
LOADS = (
    "data are turned into objects by a format that can run code",
    "Use JSON, or another format that holds data only.",
    502,
)
EVALUATES = (
    "text is run as code",
    "Parse what is expected (`ast.literal_eval`, a table of functions) instead of running it.",
    94,
)
CIPHER = ("an outdated cipher or mode is used", "Use AES-GCM or ChaCha20-Poly1305 of the `cryptography` package.", 327)
CERTIFICATE = (
    "the certificate of the other side is not verified",
    "Verify it; give a CA bundle where the certificate is private.",
    295,
)
TLS = ("an outdated or unstated version of TLS is allowed", "Use `ssl.create_default_context()`.", 327)
XML = ("XML is parsed by a parser that expands entities", "Use defusedxml for XML that comes from outside.", 776)
MARKUP = ("text is marked as safe HTML", "Let the template escape it; mark only what is fixed in the code.", 79)

RULES: dict[str, Rule] = {
    "B102": Rule("code_injection", "low", *EVALUATES, "traced"),
    "B307": Rule("code_injection", "low", *EVALUATES, "traced"),
    "B301": Rule("unsafe_deserialization", "low", *LOADS, "traced"),
    "B302": Rule("unsafe_deserialization", "low", *LOADS, "traced"),
    "B506": Rule("unsafe_deserialization", "low", *LOADS),
    "B614": Rule("unsafe_deserialization", "low", *LOADS),
    "B602": Rule("shell_injection", "low", *SHELL, "traced"),
    "B604": Rule("shell_injection", "low", *SHELL),
    "B605": Rule("shell_injection", "low", *SHELL, "traced"),
    "B608": Rule("sql_injection", "low", *SQL, "traced"),
    "B324": Rule("weak_hash", "low", "MD5 or SHA-1 is used", "Use SHA-256; for passwords scrypt, Argon2 or PBKDF2. "
                 "For a mere checksum say `usedforsecurity=False`.", 328, "hash"),
    "B311": Rule("weak_random", "low", "a predictable random number is used for something secret",
                 "Use the `secrets` module.", 330, "random"),
    "B201": Rule("debug_enabled", "high", "the debugger is switched on: whoever reaches it runs code",
                 "Take `debug=True` out, and read it from the environment of a developer's machine.", 489, "debug"),
    "B103": Rule("file_permissions", "medium", "a file is made writable or executable for everybody",
                 "Give the owner alone what is needed (0o600, 0o700).", 732),
    "B104": Rule("binds_all_interfaces", "low", "it listens on every network interface",
                 "Listen on 127.0.0.1 by default, and let the operator choose more.", 605),
    "B202": Rule("unsafe_archive_extraction", "medium", "an archive is unpacked wherever its members say",
                 "Pass `filter=\"data\"` to `extractall`.", 22, "archive"),
    "B304": Rule("weak_cipher", "medium", *CIPHER),
    "B305": Rule("weak_cipher", "medium", *CIPHER),
    "B306": Rule("predictable_temp_file", "medium", "a temporary name is made that somebody else may take first",
                 "Use `tempfile.NamedTemporaryFile` or `mkstemp`.", 377),
    "B312": Rule("cleartext_protocol", "low", "Telnet is spoken: everything on the wire can be read", "Use SSH.", 319),
    "B321": Rule("cleartext_protocol", "info", "FTP is spoken: everything on the wire can be read", "Use SFTP.", 319),
    "B314": Rule("xml_entities", "info", *XML),
    "B317": Rule("xml_entities", "info", *XML),
    "B318": Rule("xml_entities", "info", *XML),
    "B319": Rule("xml_entities", "info", *XML),
    "B323": Rule("certificate_not_verified", "medium", *CERTIFICATE),
    "B501": Rule("certificate_not_verified", "high", *CERTIFICATE),
    "B502": Rule("weak_tls", "medium", *TLS),
    "B503": Rule("weak_tls", "info", *TLS),
    "B504": Rule("weak_tls", "low", *TLS),
    "B505": Rule("weak_key", "medium", "a key is made that is too short", "Use 2048 bits or more for RSA (RSA).", 326),
    "B507": Rule("certificate_not_verified", "medium", "unknown SSH host keys are accepted",
                 "Load known hosts, and refuse what is not among them.", 295),
    "B113": Rule("request_without_timeout", "low", "a request may wait for ever", "Pass `timeout=`.", 400),
    "B612": Rule("code_injection", "medium", "logging takes its configuration from the network, and evaluates it",
                 "Do not listen for logging configuration.", 94),
    "B613": Rule("bidirectional_text", "high", "control characters make the code read otherwise than it runs",
                 "Remove the bidirectional control characters.", 838, "bidirectional"),
    "B701": Rule("cross_site_scripting", "medium", "templates are rendered without escaping",
                 "Pass `autoescape=select_autoescape()`.", 79),
    "B702": Rule("cross_site_scripting", "medium", "Mako templates are rendered without escaping",
                 "Use `default_filters=['h']`.", 79),
    "B704": Rule("cross_site_scripting", "low", *MARKUP),
}  # fmt: skip

FAMILIES: dict[str, Rule] = {
    "sql_injection": RULES["B608"],
    "shell_injection": RULES["B602"],
    "unsafe_deserialization": RULES["B301"],
    "code_injection": RULES["B307"],
}
