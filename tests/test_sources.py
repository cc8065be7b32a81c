"""Which source files a job depends on, read from the text."""

import ast
import subprocess
import sys

import pytest

from aiart import sources as module
from aiart.sources import HARMLESS, sources


@pytest.fixture
def package(tmp_path, monkeypatch):
    """`package({path: text})`: another package of our name, whose harmless file is `names.py`."""
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "HARMLESS", {"__init__.py": "", "names.py": ""})
    caches = (module._file, module._read, module._needs)

    def write(files: dict[str, str]) -> None:
        for cache in caches:
            cache.cache_clear()
        for path, text in {"__init__.py": "__version__ = '1'", **files}.items():
            file = tmp_path / "aiart" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    yield write
    for cache in caches:
        cache.cache_clear()


def paths(*names: str) -> list[str]:
    return [f"src/aiart/{name}" for name in names]


@pytest.mark.parametrize(
    "text",
    [
        "import aiart.b",
        "import aiart.b as other, sys",
        "from aiart import b",
        "from aiart.b import f",
        "from . import b",
        "from .b import f as g",
        "def f():\n    from aiart.b import f\n    return f",
        "class C:\n    async def f(self):\n        with open('x') as x:\n            import aiart.b",
        "try:\n    import numpy\nexcept ImportError:\n    import aiart.b",
        "try:\n    pass\nfinally:\n    import aiart.b",
        "for x in ():\n    pass\nelse:\n    import aiart.b",
        "match 1:\n    case 1:\n        import aiart.b",
        "if TYPE_CHECKING:\n    import aiart.c\nelse:\n    import aiart.b",
    ],
)
def test_every_form_of_import_counts(package, text):
    package({"a.py": text, "b.py": "import os", "c.py": ""})
    assert sources("a") == paths("a.py", "b.py")


@pytest.mark.parametrize(
    "text",
    [
        "from __future__ import annotations\nimport os.path, numpy",
        "if TYPE_CHECKING:\n    from aiart.b import f",
        "if typing.TYPE_CHECKING:\n    import aiart.b",
        "'''from aiart.b import f'''",
        "from aiart import __version__",
    ],
)
def test_what_is_not_loaded_does_not_count(package, text):
    package({"a.py": text, "b.py": ""})
    assert sources("a") == paths("a.py")


def test_imports_are_followed_to_their_end_also_in_a_circle(package):
    package({"a.py": "import aiart.b", "b.py": "import aiart.c", "c.py": "import aiart.a", "d.py": ""})
    assert sources("a") == sources("b") == paths("a.py", "b.py", "c.py")
    assert sources("a", "d") == paths("a.py", "b.py", "c.py", "d.py")


def test_a_name_that_a_package_hands_on_leads_to_its_own_module_alone(package):
    package(
        {
            "room/__init__.py": "'A room.'\nfrom aiart.room.b import f\nfrom .c import g as h\n__all__ = ['f', 'h']",
            "room/b.py": "",
            "room/c.py": "",
            "a.py": "from aiart.room import h",
        }
    )
    assert sources("a") == paths("a.py", "room/c.py")


def test_a_package_that_does_more_counts_for_all_that_lies_in_it(package):
    package({"room/__init__.py": "from aiart.b import f\nx = f()", "room/c.py": "", "b.py": ""})
    assert sources("room.c") == paths("b.py", "room/__init__.py", "room/c.py")


def test_harmless_files_and_what_only_they_import_count_where_they_are_asked_for(package):
    package({"a.py": "import aiart.names", "names.py": "import aiart.b", "b.py": ""})
    assert sources("a") == paths("a.py")
    assert sources("a", "names") == paths("a.py", "b.py", "names.py")


def test_an_import_of_what_is_not_there_is_no_dependency_less(package):
    package({"a.py": "import aiart.b"})
    with pytest.raises(ModuleNotFoundError, match=r"aiart\.b is no module below"):
        sources("a")


def test_every_harmless_file_is_there_and_has_its_reason():
    for path, reason in HARMLESS.items():
        assert (module.ROOT / "aiart" / path).is_file(), path
        assert len(reason.split()) > 2, path


def test_modules_that_are_loaded_by_a_made_up_name_are_those_that_the_rules_name():
    loaders = set()
    for file in (module.ROOT / "aiart").rglob("*.py"):
        calls = [node.func for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.Call)]
        if any(ast.unparse(call).endswith(("import_module", "__import__")) for call in calls):
            loaders.add(file.relative_to(module.ROOT / "aiart").as_posix())
    assert loaders == {
        "cli/__init__.py",
        "cli/picture/__init__.py",
        "datasets/paintings/__init__.py",
        "datasets/synthetic.py",
        "networks/distillation/distill.py",
        "networks/registry.py",
        "translation/methods.py",
        "warm/preload.py",  # for jobs, which import the same
    }


def test_nothing_is_loaded_to_find_the_sources():
    code = (
        "import sys; from aiart.sources import sources; sources('cli.train', 'cli.evaluate');"
        "print([name for name in sys.modules if name in ('tensorflow', 'numpy', 'pydantic', 'aiart.cli')])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
