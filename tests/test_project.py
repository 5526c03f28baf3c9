"""What stands beside the code says the same as the code."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from synapse_magics.magics.run_magics import RunMagics
from synapse_magics.magics.step_magics import StepMagics
from synapse_magics.magics.workspace_magics import WorkspaceMagics

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def requirements():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    text = setup["options"]["install_requires"]
    lines = [line.strip() for line in text.splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_conda_environment_asks_for_the_same_versions():
    lines = (ROOT / "environment.yml").read_text().splitlines()
    conda = {
        found["name"]: found["specifier"].strip()
        for line in lines
        if (found := re.match(r"  - (?P<name>[\w-]+)(?P<specifier>[^#]*)", line))
    }
    for requirement in requirements():
        asked = set(conda[requirement.name].split(",")) - {""}
        assert asked == {str(item) for item in requirement.specifier}, requirement.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_guide_names_every_magic():
    guide = (ROOT / "docs" / "guide.md").read_text()
    groups = (WorkspaceMagics.magics, StepMagics.magics, RunMagics.magics)
    marked = [f"%{name}" for group in groups for name in group["line"]]
    marked += [f"%%{name}" for group in groups for name in group["cell"]]
    assert len(marked) >= 12
    assert [name for name in marked if name not in guide] == []


def test_every_make_target_of_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text()
    asked = set(re.findall(r"make (\w+)", (ROOT / "README.md").read_text()))
    assert {"demo", "test"} <= asked
    assert [name for name in asked if f"\n{name}:" not in makefile] == []
