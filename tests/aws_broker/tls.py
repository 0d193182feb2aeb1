"""The TLS side of the broker, shaped like AWS's security policies."""
import ssl

import client_hello

POLICIES = {
    "IoTSecurityPolicy_TLS13_1_2_2022_10": (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
    "IoTSecurityPolicy_TLS13_1_3_2022_10": (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3),
    "IoTSecurityPolicy_TLS12_1_2_2022_10": (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
}
DEFAULT_POLICY = "IoTSecurityPolicy_TLS13_1_2_2022_10"


def server_context(certificate, key, client_ca, alpn=(), policy=DEFAULT_POLICY):
    """A client must show a certificate of `client_ca`. There are no session tickets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = POLICIES[policy]
    context.set_ciphers(":".join(client_hello.AWS_SUITES_12.values()))
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(client_ca)
    context.verify_mode = ssl.CERT_REQUIRED
    context.options |= ssl.OP_NO_TICKET | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.num_tickets = 0
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context
