"""Tests that take a minute on two cores, of what no other test nearby would let pass: where time is short they wait."""

import os

import pytest

slow = pytest.mark.skipif("EXPLORER_SLOW" not in os.environ, reason="takes a minute: EXPLORER_SLOW=1 runs it")
