"""Plays a certificate authority, and a server that signs its certificate itself."""

import datetime
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DAY = datetime.timedelta(days=1)


class Authority:
    """Signs certificates of servers; `path` is what its clients must trust."""

    def __init__(self, folder, name="Test CA"):
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        made = self._sign(self._name, self._key.public_key(), x509.BasicConstraints(True, None))
        self.path = folder / f"{name}.pem".replace(" ", "-").lower()
        self.path.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def certificate(self, *hosts, begins=-DAY, ends=DAY):
        """A certificate for host names and addresses, with its key, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([general_name(host) for host in hosts])
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server")])
        made = self._sign(subject, key.public_key(), names, begins, ends)
        return written(self._folder / f"{hosts[0]}-{made.serial_number}.pem", key, made)

    def _sign(self, subject, key, extension, begins=-DAY, ends=DAY):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
            .serial_number(x509.random_serial_number()).not_valid_before(now + begins)
            .not_valid_after(now + ends).add_extension(extension, critical=False)
            .sign(self._key, hashes.SHA256()))


def self_signed(folder):
    """A certificate for 127.0.0.1 that nobody else has signed, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - DAY).not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([general_name("127.0.0.1")]), critical=False)
        .sign(key, hashes.SHA256()))
    return written(folder / "server.pem", key, made)


def written(path, key, certificate):
    """The file that servers are given: a key and its certificate."""
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()) + certificate.public_bytes(serialization.Encoding.PEM))
    path.chmod(0o600)
    return path


def general_name(host):
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def context(certificate):
    """What a server in this process speaks TLS with."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made
