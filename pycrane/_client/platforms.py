"""The choice of platforms applied to an image or index: one rule for every verb."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from platform import machine as machine_name

from pycrane._errors import PlatformNotFoundError
from pycrane._events import Listener, Warned, ignore
from pycrane._image.select import select_entry, select_image, select_index
from pycrane._image.view import Image, View, is_manifest, platform_of
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform

_VARIANTS = {"arm": ("v8", "v7", "v6", "v5"), "arm64": ("v8",)}
"""Variants of an architecture, the strongest first."""


def narrowed(view: View, platforms: Sequence[Platform], listener: Listener | None = None) -> View:
    """Return the view without platforms, its image for one platform, or an index of those for several.

    Raises:
        PlatformNotFoundError: an index lacks one, or a single image is for another. With a `listener`,
            for verbs that write no tag, the latter is a warning.
    """
    if not platforms:
        return view
    if isinstance(view, Image):
        wrong = mismatch(view, platforms)
        if wrong and listener is None:
            raise PlatformNotFoundError(wrong, hint="omit --platform, or name an image for it")
        if wrong and listener is not None:
            listener(Warned(wrong))
        return view
    return select_image(view, platforms[0]) if len(platforms) == 1 else select_index(view, platforms)


def for_machine(view: View, os: str = "", architecture: str = "", variant: str = "") -> Image:
    """The image itself, or that of an index for a machine: this one, or with the parts that are given.

    A variant stands for itself and the weaker ones, strongest first, then for none. Without a variant, an
    entry that names none comes first, and then the strongest. An index below an index is searched last.

    Raises:
        PlatformNotFoundError: the index has no such image.
    """
    if isinstance(view, Image):
        return view
    machine = this_machine()
    wanted = Platform(os or machine.os, architecture or machine.architecture, variant)
    if not architecture and not variant:
        wanted = replace(wanted, variant=machine.variant)
    entries = [entry for entry in view.index_manifest.manifests if is_manifest(entry)]
    for each in (replace(wanted, variant=variant) for variant in _variants(wanted)):
        for entry in entries:
            named = entry.platform
            if named and Platform(named.os, named.architecture, named.variant) == each:
                child = view.child(entry)
                if isinstance(child, Image):
                    return child
    return select_image(view, wanted)


def this_machine() -> Platform:
    """The platform of the machine that this runs on."""
    machine = machine_name()
    if machine.startswith("armv"):  # armv7l
        return Platform(sys.platform, "arm", machine[3:5])
    return Platform.parse(f"{sys.platform}/{machine}")


def _variants(wanted: Platform) -> Sequence[str]:
    known = _VARIANTS.get(wanted.architecture, ())
    if not wanted.variant:
        return ("", *known)
    weaker = known[known.index(wanted.variant) :] if wanted.variant in known else (wanted.variant,)
    return (*weaker, "")


def mismatch(image: Image, platforms: Sequence[Platform]) -> str | None:
    """Describe that an image is for none of these platforms; None if it is, or has no platform."""
    there = platform_of(image)
    if there is None or any(there.serves(platform) for platform in platforms):
        return None
    return f"the image is for {there}, not for {' or '.join(map(str, platforms))}"


def digest_of(view: View, platform: Platform | None, listener: Listener = ignore) -> Digest:
    """Return the digest of a view or, with `platform`, of its image for that, which is not read."""
    if platform is None:
        return view.digest
    if isinstance(view, Image):
        return narrowed(view, (platform,), listener).digest
    return select_entry(view, platform).digest
