"""A whole HTML page in one file: no script, no address outside itself, readable when printed and without colour."""

from __future__ import annotations

from html import escape

STYLE = """
:root{--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#fff;--tint:#f6f8fa;--bad:#a40e26;--warn:#7a4d00;--good:#116329}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b3;--line:#3d444d;--paper:#0d1117;--tint:#161b22;
--bad:#ff8182;--warn:#e3b341;--good:#7ee787}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:2rem 1.25rem 4rem;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1{font-size:1.15rem;font-weight:600;margin:0 0 .25rem;color:var(--soft)}
h2{font-size:1.05rem;margin:2.25rem 0 .75rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
.answer{font-size:1.6rem;line-height:1.3;font-weight:650;margin:.25rem 0 1rem;max-width:46rem;overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;color:var(--soft);margin:0;padding:0;list-style:none}
.facts b{color:var(--ink);font-weight:600}
ol.findings{padding:0;margin:0;list-style:none}
ol.findings>li{border:1px solid var(--line);border-left-width:.35rem;border-radius:.35rem;padding:.75rem 1rem;
margin:0 0 .75rem;background:var(--tint);overflow-wrap:anywhere}
li.critical,li.high{border-left-color:var(--bad)!important}li.medium{border-left-color:var(--warn)!important}
.severity{font-weight:700;text-transform:uppercase;font-size:.75rem;letter-spacing:.04em;margin-right:.5rem}
.critical .severity,.high .severity{color:var(--bad)}.medium .severity{color:var(--warn)}
.place,.who{color:var(--soft);font-size:.9rem}
pre,code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--paper);border:1px solid var(--line);border-radius:.3rem;padding:.5rem .75rem;margin:.5rem 0;
overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:.93rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem 0;border-bottom:1px solid var(--line);
overflow-wrap:anywhere}
th{color:var(--soft);font-weight:600}
.wide{overflow-x:auto}
td.number{white-space:nowrap;font-variant-numeric:tabular-nums}
details{margin:.75rem 0}summary{cursor:pointer;font-weight:600}
figure{margin:1rem 0;overflow-x:auto}figcaption{color:var(--soft);font-size:.9rem}
svg{max-width:100%;height:auto}
a{color:inherit}
@media print{body{max-width:none;padding:0;font-size:11pt}details{display:block}}
"""


def page(title: str, body: str) -> str:
    """The document around `body` (markup that is already escaped); `title` is escaped here."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
