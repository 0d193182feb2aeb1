"""The TLS cases of AWS IoT Device Advisor."""
import certificates
import client_hello
from advisor_bench import FAIL, PASS, WARN, Case, Verdict


def connects(bench):
    with bench.running() as broker:
        done = bench.seen(broker, "tls")
        if not done:
            failed = broker.events("tls_failed")
            return Verdict(FAIL, f"no handshake was completed ({failed[-1]['reason'] if failed else 'none begun'})")
        seen = done[0]
        if not seen["server_name"]:
            return Verdict(WARN, f"{seen['version']}, but without the server's name (SNI), which AWS recommends")
        return Verdict(PASS, f"{seen['version']} with {seen['cipher']}, server name {seen['server_name']}")


def cipher_suites(bench):
    with bench.running() as broker:
        found = bench.until(lambda: [one for one in broker.events("tls") + broker.events("tls_failed")
                                     if one.get("suites")])
    if not found:
        return Verdict(FAIL, "no ClientHello came")
    offered = found[0]["suites"]
    known = [one for one in offered if one in client_hello.AWS_SUITES]
    unknown = [client_hello.suite_name(one) for one in offered if one not in client_hello.AWS_SUITES]
    if not known:
        return Verdict(FAIL, f"none of the {len(offered)} suites is served by AWS")
    if not client_hello.RECOMMENDED & set(known):
        return Verdict(WARN, "served by AWS, but none of the recommended suites: "
                       + ", ".join(map(client_hello.suite_name, known)))
    if unknown:
        return Verdict(WARN, f"also offers {len(unknown)} suites that AWS does not serve: {', '.join(unknown)}")
    return Verdict(PASS, f"{len(known)} suites, all served by AWS")


def large_certificate(bench):
    server = bench.authority.issue_large("large", certificates.SERVER_NAMES)
    size = server.certificate.stat().st_size * 3 // 4
    with bench.running(server) as broker:
        if bench.seen(broker, "connect"):
            return Verdict(PASS, f"took a certificate of about {size} bytes")
        failed = broker.events("tls_failed")
        return Verdict(FAIL, f"a certificate of about {size} bytes was not taken"
                       + (f": {failed[-1]['reason']}" if failed else ""))


def refuses(bench, server, what, alert_needed):
    """The device must not complete the handshake. It is watched for a while after it has refused, because some try
    again with less care."""
    with bench.running(server) as broker:
        ended = bench.until(lambda: broker.events("tls") or broker.events("tls_failed"))
        if not ended:
            return Verdict(FAIL, "it did not even try to connect")
        bench.until(lambda: broker.events("tls") or len(broker.events("tls_failed")) > 1, bench.settings.seconds(10))
        if broker.events("tls"):
            return Verdict(FAIL, f"completed the handshake with {what}")
        failed = broker.events("tls_failed")[0]
    if failed["alert"]:
        return Verdict(PASS, f"refused {what} with the alert {failed['reason']}")
    if alert_needed:
        return Verdict(WARN, f"refused {what}, but without an alert ({failed['reason']})")
    return Verdict(PASS, f"refused {what} ({failed['reason']})")


def unsecure_certificate(bench):
    other = certificates.Authority(bench.folder, "unknown-ca").issue("unsecure", names=certificates.SERVER_NAMES)
    first = refuses(bench, other, "a certificate of an unknown authority", False)
    if first.result != PASS:
        return first
    own = certificates.self_signed(bench.folder, "self-signed", certificates.SERVER_NAMES)
    second = refuses(bench, own, "a certificate that is signed by itself", False)
    return first if second.result == PASS else second


def incorrect_name(bench):
    server = bench.authority.issue("wrong-name", names=("DNS:somebody-else.example",))
    return refuses(bench, server, "a certificate for another name", False)


def expired_certificate(bench):
    server = bench.authority.issue("expired", names=certificates.SERVER_NAMES, days=-1)
    return refuses(bench, server, "an expired certificate", True)


def maximum_size_fragments(bench):
    size = 127 * 1024
    with bench.running() as broker:
        subscribed = bench.seen(broker, "subscribe", answer="suback")
        if not subscribed:
            return Verdict(FAIL, "it did not subscribe")
        topic = topic_for(subscribed[0]["filters"][0][0])
        broker.command("publish", topic=topic, payload_bytes=size, qos=1)
        if bench.seen(broker, "puback_received", known=True):
            return Verdict(PASS, f"acknowledged {size} bytes in TLS records of 16 KiB")
        return Verdict(FAIL, f"{size} bytes in TLS records of 16 KiB were not acknowledged")


def topic_for(topic_filter):
    """A topic that the filter matches."""
    return topic_filter.replace("#", "advisor").replace("+", "advisor")


CASES = (
    Case("TLS_Connect", connects, True),
    Case("TLS_Receive_Maximum_Size_Fragments", maximum_size_fragments, True, ("subscribe",)),
    Case("TLS_Support_AWS_IoT_Cipher_Suites", cipher_suites, True),
    Case("TLS_Large_Size_Server_Cert", large_certificate, True),
    Case("TLS_Unsecure_Server_Cert", unsecure_certificate, True),
    Case("TLS_Incorrect_Subject_Name_Server_Cert", incorrect_name, True),
    Case("TLS_Expired_Server_Cert", expired_certificate, True),
)
