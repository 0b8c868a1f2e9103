"""The examples in the docstrings of the room run, and every public function has one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

from dvec import linalg

MODULES = sorted(module.name for module in pkgutil.iter_modules(linalg.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name):
    result = doctest.testmod(importlib.import_module(f"dvec.linalg.{name}"))
    assert result.failed == 0


@pytest.mark.parametrize("name", [name for name in linalg.__all__ if inspect.isfunction(getattr(linalg, name))])
def test_every_public_function_has_an_example(name):
    assert ">>> " in (getattr(linalg, name).__doc__ or "")
