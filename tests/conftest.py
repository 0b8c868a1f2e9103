"""Modules that tests of several rooms share stand in tests/properties; this makes them importable by name."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "properties"))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # all matrices are small: threads would only wait for each other
