"""Names of images in archives: tags of `docker save` files, names in layouts (image-layout.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pycrane._errors import InvalidReferenceError, UnsupportedError
from pycrane._image.medium import Item
from pycrane._image.view import Image, platform_of
from pycrane._oci.platform import Platform
from pycrane._reference import DEFAULT_TAG, check_tag, parse_reference

DIGEST_TAG = "i-was-a-digest"


def typed_tag(name: str, digest_tag: str | None = DIGEST_TAG) -> str | None:
    """The tag under which `docker load` finds an image that was asked for as `name`.

    It is the name as it was typed, with `:latest` if it has no tag, because Docker loads no image without
    one. A reference with a digest gets `digest_tag`, or none.

    Raises:
        InvalidReferenceError: `name` is not a valid reference.
    """
    reference = parse_reference(name)
    if reference.digest:
        return f"{reference.repository}:{digest_tag}" if digest_tag else None
    implicit = reference.tag == DEFAULT_TAG and not name.endswith(f":{DEFAULT_TAG}")
    return f"{name}:{DEFAULT_TAG}" if implicit else name


def tag_with_platform(tag: str, platform: Platform) -> str:
    """The tag of one platform's image where several have the same: `-OS-ARCH[-VARIANT]` at its end."""
    words = (platform.os, platform.architecture, platform.variant)
    changed = "-".join((tag, *(word for word in words if word)))
    check_tag(changed.rpartition(":")[2])
    return changed


def tagged_images(
    items: Sequence[Item], digest_tag: str | None = DIGEST_TAG
) -> list[tuple[Image, str | None]]:
    """The images of `items`, each with a tag that no other image has, in their order.

    The items' names are references as they were typed; `digest_tag` is for those by digest. An item that
    stands there twice counts once.

    Raises:
        UnsupportedError: an item is an index, or several images of one platform have the same name.
    """
    tagged: dict[tuple[str | None, str], Image] = {}
    for item in items:
        if not isinstance(item.view, Image):
            raise UnsupportedError(
                f"{item.name or item.view.digest} is an index, and a tarball holds images",
                hint="name platforms, or write a layout, which holds indexes",
            )
        tag = typed_tag(item.name, digest_tag) if item.name else None
        tagged[tag, str(item.view.digest)] = item.view
    sharing: dict[str | None, int] = defaultdict(int)
    for tag, _ in tagged:
        sharing[tag] += 1
    result = [
        (image, _apart(tag, image) if tag and sharing[tag] > 1 else tag) for (tag, _), image in tagged.items()
    ]
    _reject_twice(tag for _, tag in result)
    return result


def _apart(tag: str, image: Image) -> str:
    platform = platform_of(image)
    return tag_with_platform(tag, platform) if platform else tag


def _reject_twice(tags: Iterable[str | None]) -> None:
    seen: set[str] = set()
    for tag in tags:
        if tag in seen:
            raise UnsupportedError(f"two images would both be called {tag}", hint="write them to two files")
        seen.update([tag] if tag else [])


def is_called(names: Iterable[str], wanted: str) -> bool:
    """Whether `wanted` is one of `names`, spelled the same or as another spelling of the same reference."""
    names = list(names)
    return wanted in names or _canonical(wanted) in {_canonical(name) for name in names}


def _canonical(name: str) -> str:
    try:
        return str(parse_reference(name))
    except InvalidReferenceError:
        return name
