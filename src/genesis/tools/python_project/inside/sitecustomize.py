"""Found first on the path inside the sandbox: measures coverage in every Python process of a test run."""

import os

if os.environ.get("COVERAGE_PROCESS_START"):
    try:
        import coverage
    except ImportError:  # measured or not is read from whether there is data
        pass
    else:
        coverage.process_startup()
