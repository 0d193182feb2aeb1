"""Who may connect: AWS's rules for a CONNECT, in their order."""
import dataclasses

import policy
import topics


@dataclasses.dataclass
class Refusal:
    """`code_3` is the return code of MQTT 3.1.1 that stands for it, `code_5` the reason code of MQTT 5."""
    code_5: int
    code_3: int
    reason: str  # AWS's disconnectReason
    why: str


def identity_of(connect, peer, options):
    """Who asks. A thing has the name of its client id, unless one is given or there is none."""
    attributes = set()
    if not connect.clean or connect.properties.get("session_expiry_interval"):
        attributes.add("PersistentConnect")
    if connect.will:
        attributes.add("LastWill")
    thing = None if options.no_thing else options.thing_name or connect.client_id
    return policy.Identity(connect.client_id, thing, peer.get("subject", {}), frozenset(attributes))


def refusal_of(connect, identity, server):
    """Why the CONNECT is refused, or None."""
    limits = server.limits
    if not connect.client_id:
        return Refusal(0x85, 2, "CLIENT_ERROR", "an empty client id")
    if limits.client_id_bytes and len(connect.client_id.encode()) > limits.client_id_bytes:
        return Refusal(0x85, 2, "CLIENT_ERROR", f"a client id of more than {limits.client_id_bytes} bytes")
    if connect.client_id.startswith("$"):
        return Refusal(0x85, 2, "CLIENT_ERROR", "a client id that begins with '$'")
    if "authentication_method" in connect.properties:
        return Refusal(0x8C, 5, "CLIENT_ERROR", "extended authentication is not supported")
    if connect.will:
        wrong = will_problem(connect.will, limits)
        if wrong:
            return Refusal(0x90, 5, "CLIENT_ERROR", wrong)
    if not server.connect_rate(connect.client_id).allows(limits.connects_per_second):
        return Refusal(0x97, 3, "THROTTLED", f"more than {limits.connects_per_second} CONNECT a second")
    if not server.policy.allows("iot:Connect", f"client/{connect.client_id}", identity):
        return Refusal(0x87, 5, "AUTH_ERROR", "the policy does not allow iot:Connect")
    return None


def will_problem(will, limits):
    if will.qos == 2:
        return "a will with QoS 2"
    wrong = topics.topic_problem(will.topic, limits)
    return f"the topic of the will: {wrong}" if wrong else None
