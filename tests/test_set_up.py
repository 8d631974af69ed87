"""The README's first command works where nothing but the package was installed."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_no_option_here_needs_a_plugin_that_a_user_does_not_have() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    options = project["tool"]["pytest"]["ini_options"]
    assert not [name for name in options if name.startswith("asyncio")]


def test_the_readme_says_what_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert ci[-1] in readme
