"""Certificates for tests, made with the program openssl: good ones, and each kind of bad one.

    authority = Authority(folder, "ca")
    server = authority.issue("server", names=SERVER_NAMES)
    client = authority.issue("client", common_name="pc-0001", kind="rsa", password="secret")
    server.certificate, server.key            # paths
"""
import dataclasses
import pathlib
import subprocess

ENDPOINT = "tidegate-ats.iot.eu-test-1.amazonaws.example"
SERVER_NAMES = ("DNS:localhost", "IP:127.0.0.1", f"DNS:{ENDPOINT}")

KINDS = {
    "ec": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "rsa": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "rsa4096": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"),
}


@dataclasses.dataclass
class Pair:
    certificate: pathlib.Path
    key: pathlib.Path


def openssl(*arguments, text=None):
    made = subprocess.run(["openssl", *map(str, arguments)], input=text, capture_output=True, text=True, check=False)
    if made.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: {made.stderr.strip()}")
    return made.stdout


def make_key(path, kind, password=None):
    encrypted = ("-aes256", "-pass", f"pass:{password}") if password else ()
    openssl("genpkey", *KINDS[kind], *encrypted, "-out", path)
    path.chmod(0o600)
    return path


class Authority:
    """Signs. Two of them with different names do not trust each other."""

    def __init__(self, folder, name="ca", kind="ec"):
        self.folder = pathlib.Path(folder)
        self.key = make_key(self.folder / f"{name}.key", kind)
        self.certificate = self.folder / f"{name}.pem"
        openssl("req", "-x509", "-new", "-key", self.key, "-out", self.certificate, "-days", "2",
                "-subj", f"/O=Tidegate tests/CN={name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, common_name=None, names=(), kind="ec", days=2, password=None):
        """`names` as openssl writes them (DNS:..., IP:...). With `days` -1 it has expired."""
        key = make_key(self.folder / f"{name}.key", kind, password)
        certificate = self.folder / f"{name}.pem"
        secret = ("-passin", f"pass:{password}") if password else ()
        request = openssl("req", "-new", "-key", key, *secret, "-subj", f"/O=Tidegate tests/CN={common_name or name}")
        extensions = self.folder / f"{name}.extensions"
        extensions.write_text("basicConstraints=critical,CA:FALSE\n"
                              + (f"subjectAltName={','.join(names)}\n" if names else ""))
        openssl("x509", "-req", "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", days,
                "-extfile", extensions, "-out", certificate, text=request)
        return Pair(certificate, key)

    def issue_large(self, name, names, count=400):
        """A certificate of about 12 kB, by many names; TLS must carry it in more than one piece."""
        many = tuple(f"DNS:device-{number:04}.large.example" for number in range(count))
        return self.issue(name, names=tuple(names) + many, kind="rsa4096")


def self_signed(folder, name, names, kind="ec"):
    """Nobody signed it but itself."""
    folder = pathlib.Path(folder)
    key = make_key(folder / f"{name}.key", kind)
    certificate = folder / f"{name}.pem"
    openssl("req", "-x509", "-new", "-key", key, "-out", certificate, "-days", "2", "-subj", f"/CN={name}",
            "-addext", f"subjectAltName={','.join(names)}")
    return Pair(certificate, key)
