"""pycrane: crane for Python. Container images in registries, tarballs and layouts, with no daemon.

What is public stands here, and in `pycrane.server` for the embedded registry; all other modules are the
inside. Names are imported when they are first asked for: importing pycrane costs nothing.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False  # as in typing, which takes longer to import than all of this
if TYPE_CHECKING:
    from pycrane.archive.archive import Archive as Archive
    from pycrane.archive.daemon import Daemon as Daemon
    from pycrane.archive.entries import Entry as Entry
    from pycrane.archive.layout import Layout as Layout
    from pycrane.archive.source import Source as Source
    from pycrane.archive.source import open_path as open_path
    from pycrane.errors import ArchiveError as ArchiveError
    from pycrane.errors import ConnectionFailedError as ConnectionFailedError
    from pycrane.errors import CredentialsError as CredentialsError
    from pycrane.errors import DeniedError as DeniedError
    from pycrane.errors import DigestMismatchError as DigestMismatchError
    from pycrane.errors import IntegrityError as IntegrityError
    from pycrane.errors import InvalidPlatformError as InvalidPlatformError
    from pycrane.errors import InvalidReferenceError as InvalidReferenceError
    from pycrane.errors import LayerError as LayerError
    from pycrane.errors import LimitExceededError as LimitExceededError
    from pycrane.errors import MalformedError as MalformedError
    from pycrane.errors import NotFoundError as NotFoundError
    from pycrane.errors import PlatformNotFoundError as PlatformNotFoundError
    from pycrane.errors import PycraneError as PycraneError
    from pycrane.errors import RateLimitedError as RateLimitedError
    from pycrane.errors import RegistryError as RegistryError
    from pycrane.errors import RegistryProblem as RegistryProblem
    from pycrane.errors import SizeMismatchError as SizeMismatchError
    from pycrane.errors import TimedOutError as TimedOutError
    from pycrane.errors import TLSError as TLSError
    from pycrane.errors import TransportError as TransportError
    from pycrane.errors import UnauthorizedError as UnauthorizedError
    from pycrane.errors import UnsupportedError as UnsupportedError
    from pycrane.events import BlobFinished as BlobFinished
    from pycrane.events import BlobProgress as BlobProgress
    from pycrane.events import BlobStarted as BlobStarted
    from pycrane.events import Event as Event
    from pycrane.events import Exchange as Exchange
    from pycrane.events import Listener as Listener
    from pycrane.events import ManifestFinished as ManifestFinished
    from pycrane.events import Outcome as Outcome
    from pycrane.events import Planned as Planned
    from pycrane.events import Retrying as Retrying
    from pycrane.events import Warned as Warned
    from pycrane.image.content import Content as Content
    from pycrane.image.content import MemoryContent as MemoryContent
    from pycrane.image.empty import empty_image as empty_image
    from pycrane.image.empty import empty_index as empty_index
    from pycrane.image.medium import Blob as Blob
    from pycrane.image.medium import Item as Item
    from pycrane.image.medium import Sink as Sink
    from pycrane.image.random import random_image as random_image
    from pycrane.image.random import random_index as random_index
    from pycrane.image.select import select_image as select_image
    from pycrane.image.select import select_index as select_index
    from pycrane.image.static import static_layer as static_layer
    from pycrane.image.view import Image as Image
    from pycrane.image.view import Index as Index
    from pycrane.image.view import Layer as Layer
    from pycrane.image.view import View as View
    from pycrane.image.view import open_view as open_view
    from pycrane.keychain.chain import DefaultKeychain as DefaultKeychain
    from pycrane.keychain.chain import HelperKeychain as HelperKeychain
    from pycrane.keychain.chain import MultiKeychain as MultiKeychain
    from pycrane.keychain.chain import RefreshingKeychain as RefreshingKeychain
    from pycrane.keychain.chain import StaticKeychain as StaticKeychain
    from pycrane.keychain.config_keychain import EnvironmentKeychain as EnvironmentKeychain
    from pycrane.keychain.credentials import ANONYMOUS as ANONYMOUS
    from pycrane.keychain.credentials import Credentials as Credentials
    from pycrane.keychain.credentials import Keychain as Keychain
    from pycrane.layers.compression import Compression as Compression
    from pycrane.layers.stream import ByteStream as ByteStream
    from pycrane.library.calls import append as append
    from pycrane.library.calls import catalog as catalog
    from pycrane.library.calls import config as config
    from pycrane.library.calls import copy as copy
    from pycrane.library.calls import copy_repository as copy_repository
    from pycrane.library.calls import delete as delete
    from pycrane.library.calls import digest as digest
    from pycrane.library.calls import export as export
    from pycrane.library.calls import flatten as flatten
    from pycrane.library.calls import list_tags as list_tags
    from pycrane.library.calls import manifest as manifest
    from pycrane.library.calls import pull as pull
    from pycrane.library.calls import push as push
    from pycrane.library.calls import push_all as push_all
    from pycrane.library.calls import rebase as rebase
    from pycrane.library.calls import save as save
    from pycrane.library.calls import tag as tag
    from pycrane.library.calls import validate as validate
    from pycrane.library.client import Client as Client
    from pycrane.limits import Limits as Limits
    from pycrane.mutate.append import append_layers as append_layers
    from pycrane.mutate.append import append_to_index as append_to_index
    from pycrane.mutate.config import ConfigEdit as ConfigEdit
    from pycrane.mutate.config import edit_config as edit_config
    from pycrane.mutate.config import edit_configs as edit_configs
    from pycrane.mutate.entries import annotate_index as annotate_index
    from pycrane.mutate.entries import append_entries as append_entries
    from pycrane.mutate.entries import filter_entries as filter_entries
    from pycrane.mutate.index import edit_images as edit_images
    from pycrane.mutate.rebase import NotBasedError as NotBasedError
    from pycrane.mutate.rebase import rebase_image as rebase_image
    from pycrane.oci.config import ConfigFile as ConfigFile
    from pycrane.oci.descriptor import Descriptor as Descriptor
    from pycrane.oci.digest import Digest as Digest
    from pycrane.oci.manifest import IndexManifest as IndexManifest
    from pycrane.oci.manifest import Manifest as Manifest
    from pycrane.oci.manifest import parse_manifest as parse_manifest
    from pycrane.oci.platform import Platform as Platform
    from pycrane.oci.schema1 import Schema1Manifest as Schema1Manifest
    from pycrane.oci.schema1 import parse_schema1 as parse_schema1
    from pycrane.reference import Reference as Reference
    from pycrane.reference import Repository as Repository
    from pycrane.reference import parse_reference as parse_reference
    from pycrane.reference import parse_repository as parse_repository
    from pycrane.registry.client import RegistryClient as RegistryClient
    from pycrane.registry.options import ClientOptions as ClientOptions
    from pycrane.registry.response import Response as Response
    from pycrane.registry.session import Session as Session
    from pycrane.verbs.pull import Format as Format

_HOMES = {
    name: module
    for module, names in {
        "pycrane.archive.archive": "Archive",
        "pycrane.archive.daemon": "Daemon",
        "pycrane.archive.entries": "Entry",
        "pycrane.archive.layout": "Layout",
        "pycrane.archive.source": "Source open_path",
        "pycrane.errors": (
            "ArchiveError ConnectionFailedError CredentialsError DeniedError DigestMismatchError "
            "IntegrityError InvalidPlatformError InvalidReferenceError LayerError LimitExceededError "
            "MalformedError NotFoundError PlatformNotFoundError PycraneError RateLimitedError "
            "RegistryError RegistryProblem SizeMismatchError TLSError TimedOutError TransportError "
            "UnauthorizedError UnsupportedError"
        ),
        "pycrane.events": (
            "BlobFinished BlobProgress BlobStarted Event Exchange Listener ManifestFinished Outcome "
            "Planned Retrying Warned"
        ),
        "pycrane.image.content": "Content MemoryContent",
        "pycrane.image.empty": "empty_image empty_index",
        "pycrane.image.medium": "Blob Item Sink",
        "pycrane.image.random": "random_image random_index",
        "pycrane.image.select": "select_image select_index",
        "pycrane.image.static": "static_layer",
        "pycrane.image.view": "Image Index Layer View open_view",
        "pycrane.keychain.chain": (
            "DefaultKeychain HelperKeychain MultiKeychain RefreshingKeychain StaticKeychain"
        ),
        "pycrane.keychain.config_keychain": "EnvironmentKeychain",
        "pycrane.keychain.credentials": "ANONYMOUS Credentials Keychain",
        "pycrane.layers.compression": "Compression",
        "pycrane.layers.stream": "ByteStream",
        "pycrane.library.calls": (
            "append catalog config copy copy_repository delete digest export flatten list_tags "
            "manifest pull push push_all rebase save tag validate"
        ),
        "pycrane.library.client": "Client",
        "pycrane.limits": "Limits",
        "pycrane.mutate.append": "append_layers append_to_index",
        "pycrane.mutate.config": "ConfigEdit edit_config edit_configs",
        "pycrane.mutate.entries": "annotate_index append_entries filter_entries",
        "pycrane.mutate.index": "edit_images",
        "pycrane.mutate.rebase": "NotBasedError rebase_image",
        "pycrane.oci.config": "ConfigFile",
        "pycrane.oci.descriptor": "Descriptor",
        "pycrane.oci.digest": "Digest",
        "pycrane.oci.manifest": "IndexManifest Manifest parse_manifest",
        "pycrane.oci.platform": "Platform",
        "pycrane.oci.schema1": "Schema1Manifest parse_schema1",
        "pycrane.reference": "Reference Repository parse_reference parse_repository",
        "pycrane.registry.client": "RegistryClient",
        "pycrane.registry.options": "ClientOptions",
        "pycrane.registry.response": "Response",
        "pycrane.registry.session": "Session",
        "pycrane.verbs.pull": "Format",
    }.items()
    for name in names.split()
}
"""Every public name with the module that has it."""

__all__ = sorted(_HOMES)


if not TYPE_CHECKING:  # a type checker takes a module with this function to have every name

    def __getattr__(name: str) -> object:
        """Import a public name when it is first asked for."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value


def __dir__() -> list[str]:
    """What is public."""
    return [*__all__, "__version__"]
