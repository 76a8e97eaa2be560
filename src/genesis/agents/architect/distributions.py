"""Which distribution an import comes from: names differ, and no index is asked."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from genesis.tools.repository.requirement_files import normal

# Left the standard library after Python 3.8: not a distribution's name, whatever interpreter this runs on.
GONE = frozenset({
    "aifc", "asynchat", "asyncore", "audioop", "binhex", "cgi", "cgitb", "chunk", "crypt", "distutils", "formatter",
    "imghdr", "imp", "macpath", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "parser", "pipes", "smtpd",
    "sndhdr", "spwd", "sunau", "symbol", "symtable", "telnetlib", "uu", "xdrlib",
})  # fmt: skip
# Came into it after 3.11, and names that are no distribution's at all.
COMING = frozenset({
    "_typeshed", "compression", "annotationlib", "concurrent", "string", "__main__", "__builtin__", "_pytest",
})  # fmt: skip
PYTHON_2 = frozenset({
    "ConfigParser", "Queue", "StringIO", "cStringIO", "cPickle", "urllib2", "urlparse", "httplib", "HTMLParser",
    "Cookie", "cookielib", "BaseHTTPServer", "SimpleHTTPServer", "SocketServer", "Tkinter", "tkMessageBox",
    "__builtin__", "exceptions", "commands", "copy_reg", "thread", "anydbm",
})  # fmt: skip
STANDARD = frozenset(sys.stdlib_module_names) | GONE | COMING | PYTHON_2

PROVIDERS: dict[str, tuple[str, ...]] = {
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "cairo": ("pycairo",),
    "cv2": ("opencv-python", "opencv-python-headless", "opencv-contrib-python"),
    "Crypto": ("pycryptodome", "pycrypto"),
    "Cryptodome": ("pycryptodomex",),
    "dateutil": ("python-dateutil",),
    "dns": ("dnspython",),
    "docx": ("python-docx",),
    "dotenv": ("python-dotenv",),
    "fitz": ("pymupdf",),
    "flask_cors": ("flask-cors",),
    "git": ("gitpython",),
    "github": ("pygithub",),
    "gi": ("pygobject",),
    "grpc": ("grpcio",),
    "igraph": ("python-igraph", "igraph"),
    "jose": ("python-jose",),
    "jwt": ("pyjwt",),
    "kafka": ("kafka-python", "kafka-python-ng"),
    "ldap": ("python-ldap",),
    "magic": ("python-magic",),
    "memcache": ("python-memcached",),
    "mpl_toolkits": ("matplotlib",),
    "MySQLdb": ("mysqlclient",),
    "nacl": ("pynacl",),
    "OpenSSL": ("pyopenssl",),
    "PIL": ("pillow",),
    "pkg_resources": ("setuptools",),
    "pptx": ("python-pptx",),
    "psycopg2": ("psycopg2", "psycopg2-binary"),
    "pydispatch": ("pydispatcher", "pypydispatcher"),
    "pysqlite3": ("pysqlite3", "pysqlite3-binary"),
    "pylab": ("matplotlib",),
    "pymysql": ("pymysql",),
    "pythoncom": ("pywin32",),
    "rest_framework": ("djangorestframework",),
    "ruamel": ("ruamel-yaml",),
    "serial": ("pyserial",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn",),
    "slugify": ("python-slugify", "unicode-slugify"),
    "smbclient": ("smbprotocol",),
    "socks": ("pysocks",),
    "tables": ("tables", "pytables"),
    "telegram": ("python-telegram-bot",),
    "usb": ("pyusb",),
    "websocket": ("websocket-client",),
    "win32api": ("pywin32",),
    "win32con": ("pywin32",),
    "win32com": ("pywin32",),
    "wx": ("wxpython",),
    "yaml": ("pyyaml",),
    "zmq": ("pyzmq",),
    "_cffi_backend": ("cffi",),
    "Xlib": ("python-xlib",),
}
"""Import names whose distribution is called otherwise: the common ones; the rest is told by likeness."""

NAMESPACES = frozenset(
    {"google", "azure", "zope", "backports", "sphinxcontrib", "ruamel", "jaraco", "twisted", "oslo", "plone"}
)
"""First words that many distributions share: any of theirs may provide what is imported."""


def provided(top: str, declared: Iterable[str]) -> bool:
    """Whether one of the declared distributions (normalised names) may hold the import name `top`.

    Leans to yes: a distribution whose name contains the import's name is taken for its provider (`python-dateutil` for
    `dateutil`, `types-requests` for stubs of `requests` aside).
    """
    wanted = normal(top)
    known = {normal(name) for name in PROVIDERS.get(top, ())}
    for name in declared:
        if name == wanted or name in known:
            return True
        if name.startswith(("types-", "pytest-")) and not wanted.startswith("pytest"):
            continue
        if top in NAMESPACES and name.startswith(wanted):
            return True
        if len(wanted) >= 3 and wanted.replace("-", "") in name.replace("-", ""):
            return True
    return False


def likely_name(module: str) -> str:
    """What to write into the list of dependencies for an import.

    >>> likely_name("yaml.loader"), likely_name("google.auth.transport")
    ('pyyaml', 'google-auth')
    """
    top, *rest = module.split(".")
    return normal(".".join([top, *rest[:1]])) if top in NAMESPACES else PROVIDERS.get(top, (normal(top),))[0]


def import_names(distribution: str) -> tuple[str, ...]:
    """The import names that a distribution may have: from the table, else its own name in the usual spellings."""
    known = [top for top, names in PROVIDERS.items() if distribution in {normal(name) for name in names}]
    plain = distribution.replace("-", "_")
    bare = plain.removeprefix("python_").removeprefix("py")
    return tuple(dict.fromkeys([*known, plain, bare, distribution.split("-")[0], distribution.split("-")[-1]]))
