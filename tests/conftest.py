"""Modules that tests of several rooms share stand in tests/properties; this makes them importable by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "properties"))
