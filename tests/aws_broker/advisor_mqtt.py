"""The MQTT cases of AWS IoT Device Advisor."""
import topics
from advisor_bench import FAIL, PASS, WARN, Case, Verdict, gaps
from advisor_tls import topic_for
from backoff import classify


def in_words(seconds):
    return ", ".join(f"{one:.2f}" for one in seconds) + " s"


def connects(bench):
    with bench.running() as broker:
        seen = bench.seen(broker, "connect")
    if not seen:
        return Verdict(FAIL, "no CONNECT came")
    one = seen[0]
    version = "5" if one["level"] == 5 else "3.1.1"
    return Verdict(PASS, f"MQTT {version}, client id {one['client']}, keep-alive {one['keep_alive']} s")


def puback_of_qos1(bench):
    size = 4096
    with bench.running() as broker:
        subscribed = bench.seen(broker, "subscribe", answer="suback")
        if not subscribed:
            return Verdict(FAIL, "it did not subscribe")
        granted = [name for (name, _), code in zip(subscribed[0]["filters"], subscribed[0]["codes"]) if code == 1]
        if not granted:
            return Verdict(FAIL, "it did not subscribe with QoS 1")
        broker.command("publish", topic=topic_for(granted[0]), payload_bytes=size, qos=1)
        if bench.seen(broker, "puback_received", known=True):
            return Verdict(PASS, f"acknowledged a message of {size} bytes")
        return Verdict(FAIL, f"a message of {size} bytes was not acknowledged")


# ---- Back-off --------------------------------------------------------------------------------------------------


def judged(bench, runs, strict_exponential):
    """`strict_exponential` is the verdict on exponential back-off without jitter."""
    found = classify(runs, bench.settings.backoff_cap)
    told = "; then ".join(in_words(run) for run in runs)
    if found.kind == "jitter" and found.proper:
        return Verdict(PASS, f"jittered: {told}")
    if found.kind == "jitter":
        return Verdict(WARN, f"jittered, but {found.why}: {told}")
    if found.kind == "exponential":
        return Verdict(strict_exponential, f"exponential without jitter: {told}")
    words = {"none": "it does not back off", "unknown": "too few attempts"}
    return Verdict(FAIL, f"{words.get(found.kind, found.kind)}: {told}")


def connect_jitter(bench):
    """No CONNACK for five attempts; the sixth succeeds; then the same again."""
    with bench.running(on_connect="silence", on_connect_times=5) as broker:
        if not bench.seen(broker, "connack", code=0):
            return too_few(broker, 6)
        broker.set(on_connect="silence", on_connect_times=5)
        broker.command("close")
        if not bench.seen(broker, "connect", 12):
            return too_few(broker, 12)
        measured = gaps(broker)
    # The gap between the runs is a first attempt after a success: it belongs to the second.
    return judged(bench, [measured[:5], measured[6:11]], WARN)


def connect_exponential(bench):
    with bench.running(on_connect="silence") as broker:
        if not bench.seen(broker, "connect", 6):
            return too_few(broker, 6)
        return judged(bench, [gaps(broker)[:5]], PASS)


def reconnect(bench, lasts):
    """Dropped again and again, each time after CONNACK and so many milliseconds."""
    with bench.running(on_connect="close_after_connack", close_after_connack_ms=round(lasts * 1000)) as broker:
        if not bench.seen(broker, "connect", 6):
            return too_few(broker, 6)
        return judged(bench, [gaps(broker)[:5]], WARN)


def too_few(broker, needed):
    return Verdict(FAIL, f"{len(broker.events('connect'))} attempts to connect, {needed} are needed")


# ---- Publishing and subscribing --------------------------------------------------------------------------------


def publishes(bench):
    wanted = bench.settings.topic
    with bench.running() as broker:
        seen = bench.until(lambda: [one for one in broker.events("publish")
                                    if wanted is None or topics.matches(wanted, one["topic"])])
        others = sorted({one["topic"] for one in broker.events("publish")})
    if seen:
        return Verdict(PASS, f"{seen[0]['payload_bytes']} bytes with QoS {seen[0]['qos']} to {seen[0]['topic']}")
    if others:
        return Verdict(FAIL, f"nothing came to {wanted}, only to {', '.join(others)}")
    return Verdict(FAIL, "nothing was published")


def again(broker, kind, first):
    """The same packet once more on the same connection."""
    return [one for one in broker.events(kind, connection=first["connection"], packet_id=first["packet_id"])
            if one["number"] > first["number"]]


def retries_without_puback(bench):
    with bench.running(withhold_puback=True) as broker:
        seen = bench.seen(broker, "publish", qos=1)
        if not seen:
            return Verdict(FAIL, "nothing was published with QoS 1")
        if bench.until(lambda: again(broker, "publish", seen[0])):
            return Verdict(PASS, "published again on the same connection")
        level = broker.events("connect")[0]["level"]
        later = [one for one in broker.events("publish", payload=seen[0].get("payload"))
                 if one["connection"] != seen[0]["connection"]]
    after = ", though again on a new connection" if later else ""
    if level == 5:
        return Verdict(WARN, f"not published again on the same connection{after}; MQTT 5 forbids it")
    return Verdict(FAIL, f"not published again on the same connection{after}")


def subscribes(bench):
    wanted = set(bench.settings.filters)
    with bench.running() as broker:
        def filters():
            return {name for one in broker.events("subscribe") for name, _ in one["filters"]}
        if bench.until(lambda: filters() >= wanted and filters()):
            return Verdict(PASS, f"subscribed to {', '.join(sorted(filters()))}")
        missing = sorted(wanted - filters()) or ["anything"]
    return Verdict(FAIL, f"it did not subscribe to {', '.join(missing)}")


def retries_without_suback(bench):
    with bench.running(withhold_suback=True) as broker:
        seen = bench.seen(broker, "subscribe")
        if not seen:
            return Verdict(FAIL, "it did not subscribe")
        if bench.until(lambda: again(broker, "subscribe", seen[0])):
            return Verdict(PASS, "subscribed again on the same connection")
        level = broker.events("connect")[0]["level"]
    if level == 5:
        return Verdict(WARN, "not subscribed again on the same connection; MQTT 5 forbids it")
    return Verdict(FAIL, "not subscribed again on the same connection")


def no_answers(bench):
    """From the first answer on everything is withheld. The device must find out and close."""
    with bench.running() as broker:
        seen = bench.seen(broker, "connack", code=0)
        if not seen:
            return Verdict(FAIL, "it did not connect")
        broker.set(withhold_puback=True, withhold_suback=True, withhold_pingresp=True)
        since = broker.events("command")[-1]["time"]
        keep_alive = seen[0]["keep_alive"]
        ended = bench.seen(broker, "disconnect", deadline=max(bench.deadline, 3 * keep_alive),
                           connection=seen[0]["connection"])
    if not ended or ended[0]["by"] == "broker":
        return Verdict(FAIL, f"it did not disconnect; its keep-alive is {keep_alive} s")
    took = ended[0]["time"] - since
    told = f"disconnected after {took:.1f} s with a keep-alive of {keep_alive} s"
    return Verdict(PASS if took <= 1.5 * keep_alive + 0.5 else WARN, told)


# ---- Sessions --------------------------------------------------------------------------------------------------


def with_session(bench, act):
    """Connects a device with a persistent session and a subscription, drops it, and calls act(broker, topic)
    while it is away."""
    with bench.running() as broker:
        seen = bench.seen(broker, "subscribe", answer="suback")
        if not seen:
            return Verdict(FAIL, "it did not subscribe")
        connect = broker.events("connect", connection=seen[0]["connection"])[0]
        if connect["clean"] and not connect["properties"].get("session_expiry_interval"):
            return Verdict(FAIL, "it asked for a clean session")
        # One attempt is refused, so that the device is away for as long as it takes to act.
        broker.set(on_connect="close", on_connect_times=1)
        broker.command("close")
        return act(broker, topic_for(seen[0]["filters"][0][0]))


def session_continues(bench):
    def act(broker, topic):
        broker.command("publish", topic=topic, payload="stored", qos=1)
        back = bench.seen(broker, "connack", 2, code=0)
        if not back:
            return Verdict(FAIL, "it did not come back")
        if not back[1]["session_present"]:
            return Verdict(FAIL, "it came back without its session")
        if not bench.seen(broker, "puback_received", known=True):
            return Verdict(FAIL, "the message that was stored was not acknowledged")
        if broker.events("subscribe", connection=back[1]["connection"]):
            return Verdict(WARN, "acknowledged what was stored, but subscribed again")
        return Verdict(PASS, "acknowledged what was stored, without subscribing again")
    return with_session(bench, act)


def session_expires(bench):
    def act(broker, topic):
        broker.command("forget_sessions")
        back = bench.seen(broker, "connack", 2, code=0)
        if not back:
            return Verdict(FAIL, "it did not come back")
        if bench.seen(broker, "subscribe", connection=back[1]["connection"]):
            return Verdict(PASS, "subscribed again when its session was gone")
        return Verdict(FAIL, "did not subscribe again when its session was gone")
    return with_session(bench, act)


# ---- Long duration ---------------------------------------------------------------------------------------------


def long_duration(bench):
    """Connects, publishes, is left without PUBACK for 15 s of AWS's time, is dropped, and comes back."""
    with bench.running() as broker:
        if not bench.seen(broker, "publish"):
            return Verdict(FAIL, "nothing was published")
        remarks = []
        if "publish_qos1" in bench.device.abilities:
            broker.set(withhold_puback=True)
            last = broker.events()[-1]["number"]
            def fresh():
                return [one for one in broker.events("publish", answer="withheld") if one["number"] > last]
            if not bench.until(fresh):
                return Verdict(FAIL, "nothing was published with QoS 1")
            if not bench.until(lambda: again(broker, "publish", fresh()[0]), bench.settings.seconds(15)):
                remarks.append("no retry without PUBACK")
            broker.set(withhold_puback=False)
        count = len(broker.events("connack", code=0))
        broker.command("close")
        if not bench.seen(broker, "connack", count + 1, code=0):
            return Verdict(FAIL, "it did not come back after it was dropped")
        came = len(broker.events("publish", answer="puback"))
        if "publish_qos1" in bench.device.abilities and not bench.seen(broker, "publish", came + 1, answer="puback"):
            return Verdict(FAIL, "it came back, but did not publish")
        first = broker.events("connect")[0]
        told = (f"{len(broker.events('connect'))} connections, keep-alive {first['keep_alive']} s, "
                f"{'clean' if first['clean'] else 'persistent'} session")
    if remarks:
        return Verdict(WARN, f"{', '.join(remarks)}; {told}")
    return Verdict(PASS, told)


CASES = (
    Case("MQTT_Connect", connects, True),
    Case("MQTT_Client_Puback_QoS1", puback_of_qos1, False, ("subscribe",)),
    Case("MQTT_Connect_Jitter_Backoff_Retries", connect_jitter, True),
    Case("MQTT_Connect_Exponential_Backoff_Retries", connect_exponential),
    Case("MQTT_Reconnect_Backoff_Retries_On_Server_Disconnect", lambda bench: reconnect(bench, 0)),
    Case("MQTT_Reconnect_Backoff_Retries_On_Unstable_Connection",
         lambda bench: reconnect(bench, bench.settings.seconds(2))),
    Case("MQTT_Publish", publishes, True),
    Case("MQTT_Publish_Retry_No_Puback", retries_without_puback, False, ("publish_qos1",)),
    Case("MQTT_Subscribe", subscribes, True, ("subscribe",)),
    Case("MQTT_Subscribe_Retry_No_Suback", retries_without_suback, False, ("subscribe",)),
    Case("MQTT_No_Ack_PingResp", no_answers),
    Case("MQTT_Persistent_Session_Happy_Case", session_continues, False, ("subscribe", "persistent")),
    Case("MQTT_Expired_Persistent_Session", session_expires, False, ("subscribe", "persistent")),
    Case("MQTT_Long_Duration", long_duration),
)
