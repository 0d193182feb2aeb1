#!/usr/bin/env python3
"""A client's key that never leaves a TPM, through OpenSSL's provider tpm2. Skipped where the packages for that are
missing, which ./dev does not install: swtpm, tpm2-openssl, tpm2-abrmd, libtss2-tcti-swtpm0, libtss2-tcti-tabrmd0,
dbus-daemon."""
import os
import pathlib
import shutil
import subprocess
import unittest
import unittest.mock

import harness
import mqtt_lab

PROGRAMS = ("swtpm", "tpm2-abrmd", "dbus-daemon")
PROVIDERS = list(pathlib.Path("/usr/lib").glob("*/ossl-modules/tpm2.so"))
OPENSSL = """openssl_conf = all
[all]
providers = providers
{more}
[providers]
default = active
tpm2 = active
[active]
activate = 1
[algorithms]
default_properties = ?tpm2.signature=yes
"""
GATEWAY = """
gateway: {{id: PC-0001}}
sources: {{numbers: {{plugin: generate, rate: 0, fields: 1, count: 20}}}}
pipelines: {{all: {{from: [numbers], to: [out]}}}}
sinks:
  out: {{plugin: mqtt, endpoint: localhost, port: {port}, topic: t, tls: {tls}, retry: {{min: 10ms, max: 50ms}}}}
"""


def missing():
    names = [name for name in PROGRAMS if shutil.which(name) is None]
    return names if PROVIDERS else names + ["tpm2-openssl"]


@unittest.skipIf(missing(), f"not installed here: {', '.join(missing())}")
class Tpm(mqtt_lab.MqttTest):
    """With a TPM in software, and the resource manager that a TPM of three slots needs."""

    def setUp(self):
        super().setUp()
        (self.folder / "tpm").mkdir()
        swtpm = self.folder / "swtpm"
        bus = self.folder / "bus"
        self.serve("swtpm", ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder}/tpm", "--server", f"type=unixio,path={swtpm}",
                             "--ctrl", f"type=unixio,path={swtpm}.ctrl", "--flags", "not-need-init,startup-clear"], swtpm.exists)
        self.serve("bus", ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address=unix:path={bus}"], bus.exists)
        self.set_environment(DBUS_SESSION_BUS_ADDRESS=f"unix:path={bus}", TPM2OPENSSL_TCTI="tabrmd:bus_type=session")
        self.serve("abrmd", ["tpm2-abrmd", "--session", "--allow-root", f"--tcti=swtpm:path={swtpm}"],
                   lambda: self.openssl("list", "-providers", check=False).returncode == 0)

    def serve(self, name, command, is_ready):
        log = self.folder / f"{name}.log"
        with open(log, "wb") as file:
            process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        harness.wait_until(is_ready, name, otherwise=lambda: log.read_text(errors="replace"))

    def set_environment(self, **changes):
        changed = unittest.mock.patch.dict(os.environ, changes)
        changed.start()
        self.addCleanup(changed.stop)

    def openssl(self, *arguments, check=True, providers=("-provider", "tpm2", "-provider", "default")):
        done = subprocess.run(["openssl", *arguments, *providers], cwd=self.folder / "pki", capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"openssl {' '.join(arguments)}: {done.stderr}")
        return done

    def make_key(self, *options, passphrase="", algorithm=("EC", "group:P-256")):
        """A key made in the TPM, and a certificate for it."""
        kind, size = algorithm
        self.openssl("genpkey", "-algorithm", kind, "-pkeyopt", size, *options, "-out", "tpm.key")
        (self.folder / "pki/tpm.key").chmod(0o600)
        self.openssl("req", "-new", "-key", "tpm.key", "-passin", f"pass:{passphrase}", "-subj", "/CN=PC-0001", "-propquery",
                     "?provider=tpm2", "-out", "tpm.csr")
        self.openssl("x509", "-req", "-in", "tpm.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "90", "-out",
                     "tpm.pem", providers=())

    def start_with(self, broker, more="alg_section = algorithms", **tls):
        (self.folder / "openssl.cnf").write_text(OPENSSL.format(more=more))
        # For the gateway alone: the broker's key is not in the TPM.
        with unittest.mock.patch.dict(os.environ, OPENSSL_CONF=str(self.folder / "openssl.cnf")):
            return self.gateway(GATEWAY.format(port=broker.tls, tls=self.tls(**{"certificate": "pki/tpm.pem", "key": "pki/tpm.key", **tls})))

    def test_a_key_in_a_tpm_signs_for_each_connection(self):
        broker = self.broker()
        self.make_key()
        self.assertIn("BEGIN TSS2 PRIVATE KEY", (self.folder / "pki/tpm.key").read_text())
        heard = self.subscriber(broker)
        gateway = self.start_with(broker)
        heard.wait_for(20, otherwise=gateway.said)
        for count in range(2, 7):  # more than the slots of the TPM
            broker.kill()
            broker.start()
            gateway.wait_until(lambda count=count: broker.said().count(" as PC-0001 ") >= count, f"connection {count}")
        self.assertEqual(harness.OK, gateway.stop())

    def test_an_rsa_key_does_as_well(self):
        broker = self.broker()
        self.make_key(algorithm=("RSA", "bits:2048"))
        self.start_with(broker).wait_for_line("connected to")

    def test_a_key_may_have_a_passphrase(self):
        broker = self.broker()
        self.make_key("-pkeyopt", "user-auth:secret", passphrase="secret")
        self.start_with(broker, key_passphrase="secret").wait_for_line("connected to")
        self.start_with(broker, key_passphrase="wrong").wait_for_line(r"tpm.key is in a TPM and cannot sign \(.*\); correct tls.key_passphrase")

    def test_it_is_said_when_openssl_does_not_prefer_the_tpm(self):
        broker = self.broker()
        self.make_key()
        self.start_with(broker, more="").wait_for_line(
            r"tpm.key is in a TPM and cannot sign \(missing private key\); correct tls.key_passphrase if it has one, and let OpenSSL give "
            r"signatures to the TPM \(default_properties = \?tpm2.signature=yes\); next try")

    def test_it_is_said_that_a_key_in_a_file_is_of_no_use_beside_it(self):
        broker = self.broker()
        self.start_with(broker, certificate="pki/PC-0001.pem", key="pki/PC-0001.key").wait_for_line(
            r"PC-0001.key cannot sign \(cannot sign\); if OPENSSL_CONF gives signatures to a TPM, keys in files cannot be used beside it; next try")

    def test_it_is_said_when_the_provider_is_not_active(self):
        broker = self.broker()
        self.make_key()
        gateway = self.gateway(GATEWAY.format(port=broker.tls, tls=self.tls(certificate="pki/tpm.pem", key="pki/tpm.key")))
        gateway.wait_for_line("tpm.key holds a key in a TPM, which cannot be loaded; activate OpenSSL's provider tpm2 in a file that "
                              "OPENSSL_CONF names, and let this program reach the TPM; next try")


if __name__ == "__main__":
    unittest.main()
