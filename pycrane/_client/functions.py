"""The verbs as functions: each makes a client for one call, with the user's logins, and closes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Concatenate, ParamSpec, TypeVar

from pycrane._client.client import Client

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def _alone(method: Callable[Concatenate[Client, _Given], _Result]) -> Callable[_Given, _Result]:
    """A method of the client as a function of its own, with the same parameters and description."""

    @wraps(method)
    def call(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
        with Client() as client:
            return method(client, *args, **kwargs)

    whole = signature(method)
    _, *parameters = whole.parameters.values()
    call.__signature__ = whole.replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__qualname__, call.__module__ = method.__name__, "pycrane"
    return call


append = _alone(Client.append)
catalog = _alone(Client.catalog)
config = _alone(Client.config)
copy = _alone(Client.copy)
copy_repository = _alone(Client.copy_repository)
copy_tree = _alone(Client.copy_tree)
delete = _alone(Client.delete)
diff = _alone(Client.diff)
digest = _alone(Client.digest)
edit_file = _alone(Client.edit_file)
export = _alone(Client.export)
files = _alone(Client.files)
flatten = _alone(Client.flatten)
garbage = _alone(Client.garbage)
index_append = _alone(Client.index_append)
index_filter = _alone(Client.index_filter)
index_list = _alone(Client.index_list)
inspect = _alone(Client.inspect)
list_images = _alone(Client.list_images)
list_tags = _alone(Client.list_tags)
manifest = _alone(Client.manifest)
mutate = _alone(Client.mutate)
pull = _alone(Client.pull)
push = _alone(Client.push)
push_all = _alone(Client.push_all)
read_file = _alone(Client.read_file)
rebase = _alone(Client.rebase)
save = _alone(Client.save)
sync = _alone(Client.sync)
tag = _alone(Client.tag)
tree = _alone(Client.tree)
usage = _alone(Client.usage)
validate = _alone(Client.validate)
wait = _alone(Client.wait)
