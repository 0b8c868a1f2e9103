"""The command line: `dvec diff | eval | simplify | analyze`. A face: it holds no mathematics.

May import every room.
"""

import click


@click.group()
@click.version_option(package_name="dvec")
def main() -> None:
    """Matrix calculus you can trust."""
