"""The faults that the broker shows on command, and what each of them takes as value."""
import dataclasses

import topics

ON_CONNECT = ("answer", "silence", "close", "refuse", "close_after_connack")


@dataclasses.dataclass
class Faults:
    """What is set here holds for every connection from then on. README.md says what each one does."""
    on_connect: str = "answer"
    on_connect_times: int = 0          # 0: always; n: the next n CONNECTs, then "answer" again
    refuse_code: int = 0               # of on_connect "refuse"; 0: 3 (3.1.1) or 0x88 (5), server unavailable
    close_after_connack_ms: int = 0    # how long the connection of "close_after_connack" lives
    withhold_puback: bool = False
    withhold_puback_times: int = 0     # 0: all; n: the next n only
    withhold_suback: bool = False
    withhold_pingresp: bool = False
    delay_puback_ms: int = 0
    puback_reasons: list = dataclasses.field(default_factory=list)  # of {"filter": ..., "reason": ...}
    discard_above: int = 0             # publishes of one connection in a second
    drop_after_publishes: int = 0      # of one connection
    stop_reading: bool = False

    def change(self, changes):
        """`changes` is a dict. Raises ValueError for a name or a value that is none."""
        for name, value in changes.items():
            default = Faults.__dataclass_fields__.get(name)
            if default is None:
                raise ValueError(f"there is no fault '{name}'; one of: {', '.join(Faults.__dataclass_fields__)}")
            current = getattr(self, name)
            if type(value) is not type(current):
                raise ValueError(f"the fault '{name}' takes a {type(current).__name__}, not {value!r}")
            if name == "on_connect" and value not in ON_CONNECT:
                raise ValueError(f"the fault 'on_connect' is one of {', '.join(ON_CONNECT)}, not '{value}'")
            if isinstance(value, int) and value < 0:
                raise ValueError(f"the fault '{name}' must not be negative")
            if name == "puback_reasons" and not all(
                    isinstance(one, dict) and isinstance(one.get("filter"), str) and isinstance(one.get("reason"), int)
                    for one in value):
                raise ValueError("the fault 'puback_reasons' takes a list of {\"filter\": ..., \"reason\": ...}")
        for name, value in changes.items():
            setattr(self, name, value)

    def clear(self):
        self.change(dataclasses.asdict(Faults()))

    def next_connect(self):
        """What is done with the CONNECT that has come."""
        chosen = self.on_connect
        if chosen != "answer" and self.on_connect_times:
            self.on_connect_times -= 1
            if not self.on_connect_times:
                self.on_connect = "answer"
        return chosen

    def withholds_puback(self):
        """Asked once for each acknowledgement."""
        if self.withhold_puback and self.withhold_puback_times:
            self.withhold_puback_times -= 1
            if not self.withhold_puback_times:
                self.withhold_puback = False
            return True
        return self.withhold_puback

    def puback_reason(self, topic):
        """The reason code that a publish to the topic is answered with."""
        for one in self.puback_reasons:
            if topics.matches(one["filter"], topic):
                return one["reason"]
        return 0
