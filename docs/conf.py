"""How Sphinx makes the reading site; tools/publishing/build_site.py (`make site`) collects the
pages.
"""

from tools.notebooks.address import REVISION, repository
from tools.publishing import build_site

project = "Generative adversarial networks"
author = "The GAN course authors"
language = "en"
html_title = "Generative adversarial networks"

extensions = ["myst_nb", "sphinx.ext.githubpages"]
root_doc = "index"
nb_execution_mode = "off"  # the saved outputs are what is shown
myst_enable_extensions = ["amsmath", "attrs_inline", "dollarmath"]
myst_heading_anchors = 3

html_theme = "sphinx_book_theme"
html_static_path = ["static", "vendor"]
exclude_patterns = ["README.md"]  # of the vendored scripts: it is read in the repository
html_css_files = ["course.css"]
html_favicon = "static/favicon.svg"
html_show_copyright = False
html_context = {"default_mode": "auto"}  # light or dark as the reader's system is
html_theme_options = {
    "repository_url": f"https://github.com/{repository()}",
    "repository_branch": REVISION,
    "use_repository_button": True,
    "launch_buttons": {"colab_url": "https://colab.research.google.com"},
    "navbar_persistent": [],  # one search box is enough, that of the sidebar
    "show_navbar_depth": 1,
    "toc_title": "On this page",
    "extra_footer": "Text and figures: CC BY 4.0. Code: MIT.",
}

# Scripts that other sites would serve lie in vendor/, so that a reader's browser asks no other
# host.
mathjax_path = "mathjax/es5/tex-svg-full.js"
nb_ipywidgets_js = {
    "requirejs/require.js": {},
    "widgets.js": {},
    "@jupyter-widgets/html-manager/dist/embed-amd.js": {},
}


def setup(app):
    """Pages are read through the changes that the site needs; the files stay as they are."""
    app.connect("source-read", build_site.read)
