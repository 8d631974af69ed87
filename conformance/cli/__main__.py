"""`python -m conformance.cli`: the command without its script."""

import sys

from conformance.cli import main

if __name__ == "__main__":
    sys.exit(main())
