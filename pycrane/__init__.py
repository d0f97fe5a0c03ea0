"""pycrane: crane for Python. Container images in registries, tarballs and layouts, with no daemon.

What is public stands here, and in `pycrane.server` for the embedded registry; the modules with an underscore
are the inside. Names are imported when they are first asked for: importing pycrane costs nothing.
"""

from pycrane._version import __version__ as __version__

TYPE_CHECKING = False  # as in typing, which takes longer to import than all of this
if TYPE_CHECKING:
    from pycrane._archive.archive import Archive as Archive
    from pycrane._archive.daemon import Daemon as Daemon
    from pycrane._archive.entries import Entry as Entry
    from pycrane._archive.layout import Layout as Layout
    from pycrane._archive.source import Source as Source
    from pycrane._archive.source import open_path as open_path
    from pycrane._client.client import Client as Client
    from pycrane._client.functions import append as append
    from pycrane._client.functions import catalog as catalog
    from pycrane._client.functions import config as config
    from pycrane._client.functions import copy as copy
    from pycrane._client.functions import copy_repository as copy_repository
    from pycrane._client.functions import copy_tree as copy_tree
    from pycrane._client.functions import delete as delete
    from pycrane._client.functions import digest as digest
    from pycrane._client.functions import edit_file as edit_file
    from pycrane._client.functions import export as export
    from pycrane._client.functions import flatten as flatten
    from pycrane._client.functions import garbage as garbage
    from pycrane._client.functions import index_append as index_append
    from pycrane._client.functions import index_filter as index_filter
    from pycrane._client.functions import index_list as index_list
    from pycrane._client.functions import list_tags as list_tags
    from pycrane._client.functions import manifest as manifest
    from pycrane._client.functions import mutate as mutate
    from pycrane._client.functions import pull as pull
    from pycrane._client.functions import push as push
    from pycrane._client.functions import push_all as push_all
    from pycrane._client.functions import rebase as rebase
    from pycrane._client.functions import save as save
    from pycrane._client.functions import tag as tag
    from pycrane._client.functions import validate as validate
    from pycrane._client.inputs import AnyImage as AnyImage
    from pycrane._client.inputs import Name as Name
    from pycrane._client.inputs import PathName as PathName
    from pycrane._client.inputs import Platforms as Platforms
    from pycrane._client.pull import Format as Format
    from pycrane._errors import ArchiveError as ArchiveError
    from pycrane._errors import ConnectionFailedError as ConnectionFailedError
    from pycrane._errors import CredentialsError as CredentialsError
    from pycrane._errors import DeniedError as DeniedError
    from pycrane._errors import DigestMismatchError as DigestMismatchError
    from pycrane._errors import IntegrityError as IntegrityError
    from pycrane._errors import InvalidPlatformError as InvalidPlatformError
    from pycrane._errors import InvalidRangeError as InvalidRangeError
    from pycrane._errors import InvalidReferenceError as InvalidReferenceError
    from pycrane._errors import LayerError as LayerError
    from pycrane._errors import LimitExceededError as LimitExceededError
    from pycrane._errors import MalformedError as MalformedError
    from pycrane._errors import NotBasedError as NotBasedError
    from pycrane._errors import NotFoundError as NotFoundError
    from pycrane._errors import PlatformNotFoundError as PlatformNotFoundError
    from pycrane._errors import PycraneError as PycraneError
    from pycrane._errors import RateLimitedError as RateLimitedError
    from pycrane._errors import RegistryError as RegistryError
    from pycrane._errors import RegistryProblem as RegistryProblem
    from pycrane._errors import SizeMismatchError as SizeMismatchError
    from pycrane._errors import TagExistsError as TagExistsError
    from pycrane._errors import TimedOutError as TimedOutError
    from pycrane._errors import TLSError as TLSError
    from pycrane._errors import TransportError as TransportError
    from pycrane._errors import UnauthorizedError as UnauthorizedError
    from pycrane._errors import UnsupportedError as UnsupportedError
    from pycrane._events import BlobFinished as BlobFinished
    from pycrane._events import BlobProgress as BlobProgress
    from pycrane._events import BlobStarted as BlobStarted
    from pycrane._events import Event as Event
    from pycrane._events import Exchange as Exchange
    from pycrane._events import Listener as Listener
    from pycrane._events import ManifestFinished as ManifestFinished
    from pycrane._events import Outcome as Outcome
    from pycrane._events import Planned as Planned
    from pycrane._events import Retrying as Retrying
    from pycrane._events import Warned as Warned
    from pycrane._image.content import Content as Content
    from pycrane._image.content import MemoryContent as MemoryContent
    from pycrane._image.empty import empty_image as empty_image
    from pycrane._image.empty import empty_index as empty_index
    from pycrane._image.medium import Blob as Blob
    from pycrane._image.medium import Item as Item
    from pycrane._image.medium import Sink as Sink
    from pycrane._image.random import random_image as random_image
    from pycrane._image.random import random_index as random_index
    from pycrane._image.select import select_image as select_image
    from pycrane._image.select import select_index as select_index
    from pycrane._image.static import static_layer as static_layer
    from pycrane._image.view import Image as Image
    from pycrane._image.view import Index as Index
    from pycrane._image.view import Layer as Layer
    from pycrane._image.view import View as View
    from pycrane._image.view import open_view as open_view
    from pycrane._io.stream import ByteStream as ByteStream
    from pycrane._io.stream import OpenStream as OpenStream
    from pycrane._keychain.chain import DefaultKeychain as DefaultKeychain
    from pycrane._keychain.chain import HelperKeychain as HelperKeychain
    from pycrane._keychain.chain import MultiKeychain as MultiKeychain
    from pycrane._keychain.chain import RefreshingKeychain as RefreshingKeychain
    from pycrane._keychain.chain import StaticKeychain as StaticKeychain
    from pycrane._keychain.config_keychain import EnvironmentKeychain as EnvironmentKeychain
    from pycrane._keychain.credentials import ANONYMOUS as ANONYMOUS
    from pycrane._keychain.credentials import Credentials as Credentials
    from pycrane._keychain.credentials import Keychain as Keychain
    from pycrane._layers.compression.kinds import Compression as Compression
    from pycrane._limits import Limits as Limits
    from pycrane._mutate.annotations import Changes as Changes
    from pycrane._mutate.annotations import annotate as annotate
    from pycrane._mutate.annotations import set_subject as set_subject
    from pycrane._mutate.append import append_layers as append_layers
    from pycrane._mutate.config import ConfigEdit as ConfigEdit
    from pycrane._mutate.config import edit_config as edit_config
    from pycrane._mutate.config import set_config as set_config
    from pycrane._mutate.each_image import edit_images as edit_images
    from pycrane._mutate.flatten import flatten_image as flatten_image
    from pycrane._mutate.index_entries import append_entries as append_entries
    from pycrane._mutate.index_entries import filter_entries as filter_entries
    from pycrane._mutate.rebase import rebase_image as rebase_image
    from pycrane._mutate.recompress import recompress_layers as recompress_layers
    from pycrane._mutate.times import set_time as set_time
    from pycrane._oci.config import ConfigFile as ConfigFile
    from pycrane._oci.descriptor import Descriptor as Descriptor
    from pycrane._oci.digest import Digest as Digest
    from pycrane._oci.manifest import IndexManifest as IndexManifest
    from pycrane._oci.manifest import Manifest as Manifest
    from pycrane._oci.manifest import parse_manifest as parse_manifest
    from pycrane._oci.platform import Platform as Platform
    from pycrane._oci.schema1 import Schema1Manifest as Schema1Manifest
    from pycrane._oci.schema1 import parse_schema1 as parse_schema1
    from pycrane._reference import Reference as Reference
    from pycrane._reference import Repository as Repository
    from pycrane._reference import parse_reference as parse_reference
    from pycrane._reference import parse_repository as parse_repository
    from pycrane._registry.client import RegistryClient as RegistryClient
    from pycrane._registry.google import ManifestInfo as ManifestInfo
    from pycrane._registry.google import RepositoryContents as RepositoryContents
    from pycrane._registry.http.options import ClientOptions as ClientOptions
    from pycrane._registry.http.response import Response as Response
    from pycrane._registry.session import Session as Session

_HOMES = {
    name: module
    for module, names in {
        "pycrane._archive.archive": "Archive",
        "pycrane._archive.daemon": "Daemon",
        "pycrane._archive.entries": "Entry",
        "pycrane._archive.layout": "Layout",
        "pycrane._archive.source": "Source open_path",
        "pycrane._errors": (
            "ArchiveError ConnectionFailedError CredentialsError DeniedError DigestMismatchError "
            "IntegrityError InvalidPlatformError InvalidRangeError InvalidReferenceError LayerError "
            "LimitExceededError MalformedError NotBasedError NotFoundError PlatformNotFoundError "
            "PycraneError RateLimitedError RegistryError RegistryProblem SizeMismatchError TLSError "
            "TagExistsError TimedOutError TransportError UnauthorizedError UnsupportedError"
        ),
        "pycrane._events": (
            "BlobFinished BlobProgress BlobStarted Event Exchange Listener ManifestFinished Outcome "
            "Planned Retrying Warned"
        ),
        "pycrane._image.content": "Content MemoryContent",
        "pycrane._image.empty": "empty_image empty_index",
        "pycrane._image.medium": "Blob Item Sink",
        "pycrane._image.random": "random_image random_index",
        "pycrane._image.select": "select_image select_index",
        "pycrane._image.static": "static_layer",
        "pycrane._image.view": "Image Index Layer View open_view",
        "pycrane._keychain.chain": (
            "DefaultKeychain HelperKeychain MultiKeychain RefreshingKeychain StaticKeychain"
        ),
        "pycrane._keychain.config_keychain": "EnvironmentKeychain",
        "pycrane._keychain.credentials": "ANONYMOUS Credentials Keychain",
        "pycrane._layers.compression.kinds": "Compression",
        "pycrane._io.stream": "ByteStream OpenStream",
        "pycrane._client.functions": (
            "append catalog config copy copy_repository copy_tree delete digest edit_file export "
            "flatten garbage index_append index_filter index_list list_tags manifest mutate pull push "
            "push_all rebase save tag validate"
        ),
        "pycrane._client.client": "Client",
        "pycrane._client.inputs": "AnyImage Name PathName Platforms",
        "pycrane._limits": "Limits",
        "pycrane._mutate.append": "append_layers",
        "pycrane._mutate.config": "ConfigEdit edit_config set_config",
        "pycrane._mutate.index_entries": "append_entries filter_entries",
        "pycrane._mutate.flatten": "flatten_image",
        "pycrane._mutate.each_image": "edit_images",
        "pycrane._mutate.annotations": "Changes annotate set_subject",
        "pycrane._mutate.rebase": "rebase_image",
        "pycrane._mutate.recompress": "recompress_layers",
        "pycrane._mutate.times": "set_time",
        "pycrane._oci.config": "ConfigFile",
        "pycrane._oci.descriptor": "Descriptor",
        "pycrane._oci.digest": "Digest",
        "pycrane._oci.manifest": "IndexManifest Manifest parse_manifest",
        "pycrane._oci.platform": "Platform",
        "pycrane._oci.schema1": "Schema1Manifest parse_schema1",
        "pycrane._reference": "Reference Repository parse_reference parse_repository",
        "pycrane._registry.client": "RegistryClient",
        "pycrane._registry.google": "ManifestInfo RepositoryContents",
        "pycrane._registry.http.options": "ClientOptions",
        "pycrane._registry.http.response": "Response",
        "pycrane._registry.session": "Session",
        "pycrane._client.pull": "Format",
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
    """Names that are public."""
    return [*__all__, "__version__"]
