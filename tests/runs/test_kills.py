"""A run killed at random moments and resumed ends with identical results. KILLS sets the number of kills."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.browser.app import ROOT

SEED = 0


def test_killed_at_random_moments_a_run_ends_with_the_same_bits(tmp_path: Path) -> None:
    count = int(os.environ.get("KILLS", "15"))
    command = [sys.executable, "-m", "tests.runs.kills", str(count), str(SEED), str(tmp_path / "runs")]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, encoding="utf-8", env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, f"seed {SEED}\n{done.stdout}\n{done.stderr}"
    kills = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(kills) == count
    assert [kill for kill in kills if kill.get("differs")] == [], f"seed {SEED}"
    assert sum("differs" in kill for kill in kills) >= 0.8 * count - 1, "the others were killed again"
    reached = {where for kill in kills for where in kill["was"]}
    assert reached >= {"frozen", "after", "writing", "renaming"}, reached
