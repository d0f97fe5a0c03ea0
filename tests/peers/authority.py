"""A certificate authority of the tests' own, and what it signs (RFC 5280)."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, as PEM files."""

    cert: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """A context for a server that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context


class Authority:
    """Signs certificates with an EC key; `ca_file` is what verifies them."""

    def __init__(self, folder: Path, name: str = "authority of the tests") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        self.certificate = self._sign(
            self._name,
            self._key.public_key(),
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (_key_usage(signs=True), True),
        )
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def server(
        self, *names: str, file: str = "server", valid_days: tuple[int, int] = (-1, 30)
    ) -> Certificate:
        """A server certificate for host names and IP addresses; by default those of the loopback.

        `valid_days` are the first and the last day, counted from now, so (-30, -1) has expired.
        """
        alternatives = x509.SubjectAlternativeName(
            [_general_name(name) for name in names or ("127.0.0.1", "localhost")]
        )
        return self._issue(file, ExtendedKeyUsageOID.SERVER_AUTH, valid_days, (alternatives, False))

    def client(self, file: str = "client") -> Certificate:
        """A certificate for a client to show."""
        return self._issue(file, ExtendedKeyUsageOID.CLIENT_AUTH, (-1, 30))

    def _issue(
        self,
        file: str,
        usage: x509.ObjectIdentifier,
        valid_days: tuple[int, int],
        *extensions: tuple[x509.ExtensionType, bool],
    ) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(
            _name(file),
            key.public_key(),
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_key_usage(signs=False), True),
            (x509.ExtendedKeyUsage([usage]), False),
            *extensions,
            valid_days=valid_days,
        )
        files = Certificate(self._folder / f"{file}.cert", self._folder / f"{file}.key")
        files.cert.write_bytes(certificate.public_bytes(Encoding.PEM))
        files.key.write_bytes(private_pem(key))
        return files

    def _sign(
        self,
        subject: x509.Name,
        public_key: ec.EllipticCurvePublicKey,
        *extensions: tuple[x509.ExtensionType, bool],
        valid_days: tuple[int, int] = (-1, 30),
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        identifier = x509.SubjectKeyIdentifier.from_public_key(public_key)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = (
            x509.CertificateBuilder(subject_name=subject, issuer_name=self._name, public_key=public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + valid_days[0] * _DAY)
            .not_valid_after(now + valid_days[1] * _DAY)
            .add_extension(identifier, critical=False)
            .add_extension(issuer, critical=False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self._key, hashes.SHA256())


def self_signed(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> x509.Certificate:
    """A certificate by which a key vouches for itself."""
    now = datetime.datetime.now(datetime.UTC)
    name = _name("token issuer of the tests")
    return (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 30 * _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key in PKCS #8, unencrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
