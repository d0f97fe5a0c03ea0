"""Lazy public names: a package hands out the names of its stub and imports each when it is first read.

The stub (`.pyi`) beside a module is the one list of its public names. Type checkers and editors read it too.
"""

TYPE_CHECKING = False  # as in typing, whose import takes longer than everything here
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


def homes(module: "ModuleType") -> dict[str, str]:
    """Return each public name of a module with the module that defines it, as its stub says."""
    loader = module.__spec__ and module.__spec__.loader
    source = loader.get_data(f"{module.__file__}i").decode()  # type: ignore[union-attr]
    imports = (line.split() for line in source.splitlines() if line.startswith("from "))
    return {words[3]: words[1] for words in imports if words[3] != "__version__"}


def importing(module: "ModuleType", names: dict[str, str]) -> "Callable[[str], object]":
    """Return a module's `__getattr__`: it imports a public name and keeps it."""

    def get(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = vars(module)[name] = getattr(import_module(names[name]), name)
        return value

    return get
