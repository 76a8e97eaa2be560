"""Where a whole line or block of somebody else's grammar stands inside a text of another."""

from __future__ import annotations

from random import Random

from tests.security.redact.secrets.escapes import (
    Encode,
    Place,
    in_csv,
    in_json,
    in_sql,
    in_xml,
    indented,
    moment,
    plain,
    twice_in_json,
)


def _as(template: str) -> Place:
    """`@@` is the text, `{now}` a moment."""

    def place(rng: Random, words: str, text: str) -> str:
        before, _, after = template.replace("{now}", moment(rng)).partition("@@")
        return before + text + after

    return place


TRACEBACK = 'Traceback (most recent call last):\n  File "/srv/app/main.py", line 9, in run\n    '

LINE_HOLDERS: dict[str, tuple[Place, Encode]] = {
    "line alone": (_as("@@"), plain),
    "line in a file": (_as("# written by setup\n@@\n# end\n"), plain),
    "line in a log": (_as("{now} DEBUG worker-3 @@"), plain),
    "line after a message": (_as("{now} ERROR could not use it: @@"), plain),
    "line in json": (_as('{"host":"a1","line":"@@","n":4}'), in_json),
    "line in json in json": (_as('{"event":"{\\"line\\":\\"@@\\"}"}'), twice_in_json),
    "line in a json log": (_as('{"ts":"{now}","level":"debug","message":"sent @@"}'), in_json),
    "line in yaml": (_as('steps:\n  - run: "@@"\n  - run: make\n'), in_json),
    "line in a yaml block": (_as("data:\n  settings: |\n    first: 1\n    @@\n    last: 2\n"), plain),
    "line added": (_as("--- a\n+++ b\n unchanged\n+@@\n unchanged"), plain),
    "line removed": (_as("--- a\n+++ b\n unchanged\n-@@\n unchanged"), plain),
    "line in a traceback": (_as(TRACEBACK + "run('''@@''')\nRuntimeError: failed"), plain),
    "line in an error": (_as("RuntimeError: command failed: @@"), plain),
    "line in python": (_as('TEXT = r"""@@"""'), plain),
    "line in a here document": (_as("cat > settings <<'END'\n@@\nEND"), plain),
    "line in markdown": (_as("For example:\n\n```\n@@\n```\n"), plain),
    "line in xml": (_as("<step><text>@@</text></step>"), in_xml),
    "line in toml": (_as("[step]\ntext = '''@@'''\n"), plain),
    "line in sql": (_as("INSERT INTO notes (id, body) VALUES (4, '@@');"), in_sql),
    "line in csv": (_as('id,body\n4,"@@"\n'), in_csv),
    "line in a comment": (_as("    # was: @@"), plain),
    "line in a container": (_as("FROM alpine:3.20\nRUN echo '@@' >> /etc/app.conf"), plain),
    "line with returns": (_as("first\r\n@@\r\nlast\r\n"), plain),
}

BLOCK_HOLDERS: dict[str, tuple[Place, Encode]] = {
    "block alone": (_as("@@\n"), plain),
    "block in a file": (_as("# key of the build machine\n@@\n# end\n"), plain),
    "block in a log": (_as("{now} INFO loaded key:\n@@\n{now} INFO ready"), plain),
    "block in json": (_as('{"name":"a","key":"@@","n":4}'), in_json),
    "block in json in json": (_as('{"event":"{\\"key\\":\\"@@\\"}"}'), twice_in_json),
    "block in a json log": (_as('{"ts":"{now}","level":"debug","message":"loaded @@"}'), in_json),
    "block in yaml": (_as("tls:\n  key: |\n    @@\n  port: 443\n"), indented("    ")),
    "block in a manifest": (_as("kind: Secret\nstringData:\n  tls.key: |-\n    @@\ntype: Opaque\n"), indented("    ")),
    "block in env": (_as('PORT=80\nDEPLOY_KEY="@@"\nLOG=info\n'), in_json),
    "block in export": (_as('export DEPLOY_KEY="@@"'), plain),
    "block in python": (_as('KEY = """@@"""'), plain),
    "block in a python literal": (_as("KEY = '@@'"), in_json),
    "block in pieces": (_as('String key = "@@";'), lambda text: text.replace("\n", '\\n" +\n    "')),
    "block added": (_as("--- /dev/null\n+++ b/id\n+@@\n"), indented("+")),
    "block removed": (_as("--- a/id\n+++ /dev/null\n-@@\n"), indented("-")),
    "block in a here document": (_as("cat > ~/.ssh/id <<'END'\n@@\nEND"), plain),
    "block in markdown": (_as("The key:\n\n```\n@@\n```\n"), plain),
    "block in a quotation": (_as("> @@\n\nPlease remove it."), indented("> ")),
    "block in xml": (_as("<tls><key>\n@@\n</key></tls>"), in_xml),
    "block in toml": (_as("[tls]\nkey = '''\n@@\n'''\n"), plain),
    "block in terraform": (_as("  key = <<EOT\n@@\nEOT\n"), plain),
    "block in csv": (_as('id,key\n4,"@@"\n'), in_csv),
    "block in sql": (_as("INSERT INTO keys VALUES (4, '@@');"), in_sql),
    "block in an error": (_as("ValueError: could not read key b'@@'"), in_json),
    "block with returns": (_as("@@\r\n"), lambda text: text.replace("\n", "\r\n")),
}
