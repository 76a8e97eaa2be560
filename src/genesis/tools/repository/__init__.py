"""What a repository says of itself, read from its files and never run.

project_files.py      name, version, licence and needs, from pyproject.toml, setup.cfg, setup.py, package.json
stated.py             what one place says, and the lines of values that were parsed
requirement_files.py  requirements as they are written, with their place
wanted.py             which of them the tests need, and the versions of lock files
changelog_files.py    the newest version that a changelog names
project_lines.py      files read once each, with the line of every value
commands.py           the commands that the files call for
"""
