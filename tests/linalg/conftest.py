"""Hypothesis without a deadline: what is timed here is timed in benchmarks, on a machine that does nothing else."""

from hypothesis import settings

settings.register_profile("numeric", deadline=None)
settings.load_profile("numeric")
