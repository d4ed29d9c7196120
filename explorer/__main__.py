"""`python -m explorer`: the command line, `explorer.cli.main`."""

import os
import sys
import warnings

from explorer.cli.main import main
from explorer.core import settings

if __name__ == "__main__":
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # Pillow warns of a picture's metadata on stderr
    os.environ.pop(settings.PUBLIC, None)  # limits of public servers do not apply
    sys.exit(main())
