"""Client: every verb as a method, on one session."""

from __future__ import annotations

from pycrane._client.append import append
from pycrane._client.base import Base
from pycrane._client.copy import copy, copy_repository, copy_tree
from pycrane._client.delete import delete
from pycrane._client.difference import diff
from pycrane._client.edit import edit_file
from pycrane._client.export import export, exported
from pycrane._client.files import files, read_file
from pycrane._client.flatten import flatten
from pycrane._client.garbage import garbage
from pycrane._client.images import list_images
from pycrane._client.index import index_append, index_filter, index_list
from pycrane._client.inspection import inspect
from pycrane._client.mutate import mutate
from pycrane._client.pull import pull, save, send
from pycrane._client.push import push, push_all
from pycrane._client.read import config, digest, manifest
from pycrane._client.rebase import rebase
from pycrane._client.sync import sync
from pycrane._client.tag import tag
from pycrane._client.tags import catalog, list_tags, walk
from pycrane._client.tree import tree
from pycrane._client.usage import usage
from pycrane._client.validate import validate
from pycrane._client.wait import wait


class Client(Base):
    """Every verb of the command line, on one session. Thread-safe; a context manager.

    `keychain` gives the credentials for a registry; None is the user's logins with Docker and Podman. At most
    `jobs` blobs move at a time. `listener` is called with each `Event`, from several threads at once.
    `registry` is the registry client below, for what is not an image.

    A text is the name of an image in a registry, a `pathlib.Path` a tarball or layout, unless a verb says
    otherwise; a `Location` is any place. Views that the client gave can be read until it is closed.

    Every method raises `PycraneError` or a subclass, and the built-in `TypeError` for a misuse.
    """

    append = append
    catalog = catalog
    config = config
    copy = copy
    copy_repository = copy_repository
    copy_tree = copy_tree
    delete = delete
    diff = diff
    digest = digest
    edit_file = edit_file
    export = export
    exported = exported
    files = files
    flatten = flatten
    garbage = garbage
    index_append = index_append
    index_filter = index_filter
    index_list = index_list
    inspect = inspect
    list_images = list_images
    list_tags = list_tags
    manifest = manifest
    mutate = mutate
    pull = pull
    push = push
    push_all = push_all
    read_file = read_file
    rebase = rebase
    save = save
    send = send
    sync = sync
    tag = tag
    tree = tree
    usage = usage
    validate = validate
    wait = wait
    walk = walk
