"""`python -m explorer`: the command line, `explorer.cli.main`."""

import os
import sys
import warnings

from explorer.cli.main import main
from explorer.core import settings

if __name__ == "__main__":
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # libraries warn of a picture's metadata in lines of their own
    os.environ.pop(settings.PUBLIC, None)  # which binds the pages
    sys.exit(main())
