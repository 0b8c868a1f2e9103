"""How the documentation is built: `sphinx-build -W docs docs/_build`, with the extra `docs` installed.

May import nothing of dvec.
"""

project = "dvec"
author = "The dvec developers"
copyright = "the dvec developers"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3

html_theme = "pydata_sphinx_theme"
html_title = "dvec"
html_show_sourcelink = False
html_theme_options = {"show_prev_next": True, "navigation_with_keys": False}
