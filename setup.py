"""For colcon only (docs/how-to/build-with-colcon.md); pip reads pyproject.toml, where the metadata is."""

from pathlib import Path

from setuptools import Distribution, find_packages, setup

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

NAME = "humanoid_fleet"
ROOT = Path(__file__).resolve().parent
PACKAGES = ["fleet", "robot_adapters", "sim_worlds", "api"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


class ColconDistribution(Distribution):
    """Leaves pyproject.toml alone: colcon cannot read the options that setuptools makes of it."""

    def parse_config_files(self, filenames=None, ignore_option_errors=False):
        super().parse_config_files(filenames or ["setup.cfg"], ignore_option_errors)


def files(folder: str) -> list[tuple[str, list[str]]]:
    """The files below a folder, as data files of the ROS package's share folder."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / folder).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            relative = path.relative_to(ROOT)
            found.setdefault(f"share/{NAME}/{relative.parent}", []).append(str(relative))
    return sorted(found.items())


def data_of(package: str) -> list[str]:
    """The files of a package that are not Python."""
    paths = (p for p in (ROOT / package).rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc"))
    return sorted(str(p.relative_to(ROOT / package)) for p in paths)


def entry_points() -> dict[str, list[str]]:
    """The entry points of pyproject.toml in the form that setup() takes."""
    groups = {"console_scripts": PROJECT["scripts"], **PROJECT["entry-points"]}
    return {group: [f"{name} = {target}" for name, target in table.items()] for group, table in groups.items()}


setup(
    distclass=ColconDistribution,
    name=NAME,
    version=PROJECT["version"],
    description=PROJECT["description"],
    license="Apache-2.0",
    packages=find_packages(include=[p for name in PACKAGES for p in (name, f"{name}.*")]),
    package_data={name: data_of(name) for name in PACKAGES},
    data_files=[
        ("share/ament_index/resource_index/packages", ["tools/ament_resource/humanoid_fleet"]),
        (f"share/{NAME}", ["package.xml"]),
        *files("launch"),
    ],
    entry_points=entry_points(),
    zip_safe=False,
)
