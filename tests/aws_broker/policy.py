"""Evaluates an AWS IoT policy document, as attached to a device certificate.

    policy = Policy(json.load(file))
    policy.allows("iot:Publish", "topic/factory/1", Identity(client_id="pc-1"))

What is refused by a Deny stays refused, whatever an Allow says; what no Allow names is refused. A document that
cannot be understood in full is a PolicyError and never half of its meaning.

Of a resource only the part after the account is compared (`topic/...`, `client/...`, `topicfilter/...`), unless
region and account are given. `*` stands for any text also across `/`, `?` for one character; the wildcards of MQTT
are plain characters. The value of a policy variable is plain text too.
"""
import dataclasses
import re

ACTIONS = ("iot:Connect", "iot:Publish", "iot:RetainPublish", "iot:Subscribe", "iot:Receive")
VARIABLE = re.compile(r"\$\{([^}]*)\}")
OPERATORS = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringLike", "StringNotLike", "Bool")
ELEMENTS = {"Sid", "Effect", "Action", "Resource", "Condition"}


class PolicyError(Exception):
    """The document is none, or uses what is not understood here."""


@dataclasses.dataclass
class Identity:
    """Who asks. `thing_name` None: no thing is attached to the certificate."""
    client_id: str = ""
    thing_name: str | None = None
    subject: dict = dataclasses.field(default_factory=dict)  # of the certificate: CommonName, Organization, ...
    connect_attributes: frozenset = frozenset()  # PersistentConnect, LastWill

    def values(self, key):
        """The values of a condition key or policy variable; empty if it has none."""
        if key == "iot:ClientId":
            return [self.client_id]
        if key == "iot:ConnectAttributes":
            return sorted(self.connect_attributes)
        if key == "iot:Connection.Thing.ThingName":
            return [] if self.thing_name is None else [self.thing_name]
        if key == "iot:Connection.Thing.IsAttached":
            return ["false" if self.thing_name is None else "true"]
        if key.startswith("iot:Certificate.Subject."):
            value = self.subject.get(key.rsplit(".", 1)[1])
            return [] if value is None else [value]
        raise PolicyError(f"'{key}' is not understood here")


def as_list(value):
    return value if isinstance(value, list) else [value]


def wildcard(pattern):
    """A regular expression for `*` and `?`."""
    return "".join(".*" if one == "*" else "." if one == "?" else re.escape(one) for one in pattern)


def substituted(pattern, identity, translate):
    """The pattern as regular expression with the variables filled in; None if one has no value."""
    made = []
    position = 0
    for found in VARIABLE.finditer(pattern):
        made.append(translate(pattern[position:found.start()]))
        values = identity.values(found.group(1))
        if not values:
            return None
        made.append(re.escape(values[0]))
        position = found.end()
    made.append(translate(pattern[position:]))
    return "".join(made)


class Condition:
    """One operator with one key: {"ForAnyValue:StringEquals": {"iot:ConnectAttributes": ["LastWill"]}}."""

    def __init__(self, operator, key, wanted):
        self.quantifier, _, name = operator.rpartition(":")
        self.if_exists = name.endswith("IfExists")
        self.operator = name.removesuffix("IfExists")
        if self.operator not in OPERATORS or self.quantifier not in ("", "ForAllValues", "ForAnyValue"):
            raise PolicyError(f"the condition operator '{operator}' is not understood here")
        Identity().values(key)
        self.key = key
        self.wanted = [str(one).lower() if isinstance(one, bool) else str(one) for one in as_list(wanted)]

    def holds(self, identity):
        values = identity.values(self.key)
        negative = "Not" in self.operator
        if self.quantifier == "ForAllValues":
            return all(self._one(value, identity) for value in values)
        if self.quantifier == "ForAnyValue":
            return any(self._one(value, identity) for value in values)
        if not values:
            return self.if_exists or negative
        return self._one(values[0], identity)

    def _one(self, value, identity):
        found = any(self._equal(value, wanted, identity) for wanted in self.wanted)
        return found != ("Not" in self.operator)

    def _equal(self, value, wanted, identity):
        like = self.operator in ("StringLike", "StringNotLike")
        expression = substituted(wanted, identity, wildcard if like else re.escape)
        ignore = re.IGNORECASE if self.operator in ("StringEqualsIgnoreCase", "Bool") else 0
        return expression is not None and re.fullmatch(expression, value, re.DOTALL | ignore) is not None


class Statement:
    def __init__(self, body):
        if not isinstance(body, dict):
            raise PolicyError("a statement must be an object")
        unknown = set(body) - ELEMENTS
        if unknown:
            raise PolicyError(f"the element '{sorted(unknown)[0]}' of a statement is not understood here")
        if body.get("Effect") not in ("Allow", "Deny"):
            raise PolicyError("the Effect of a statement must be 'Allow' or 'Deny'")
        for name in ("Action", "Resource"):
            texts = as_list(body.get(name))
            if not texts or not all(isinstance(one, str) and one for one in texts):
                raise PolicyError(f"the {name} of a statement must be a text or a list of texts")
        self.allow = body["Effect"] == "Allow"
        self._actions = [re.compile(wildcard(one), re.IGNORECASE) for one in as_list(body["Action"])]
        self._resources = [self._split(one) for one in as_list(body["Resource"])]
        for _, part in self._resources:
            for key in VARIABLE.findall(part):
                Identity().values(key)
        self._conditions = [Condition(operator, key, wanted)
                            for operator, keys in body.get("Condition", {}).items() for key, wanted in keys.items()]

    @staticmethod
    def _split(resource):
        """(region and account as texts, or None for everything; the part that is compared)."""
        if resource == "*":
            return None, "*"
        parts = resource.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or parts[2] != "iot":
            raise PolicyError(f"the resource '{resource}' is neither '*' nor of the form "
                              "arn:aws:iot:<region>:<account>:<kind>/<name>")
        return (parts[3], parts[4]), parts[5]

    def applies(self, action, resource, identity, place):
        return (any(one.fullmatch(action) for one in self._actions)
                and any(self._covers(one, resource, identity, place) for one in self._resources)
                and all(one.holds(identity) for one in self._conditions))

    @staticmethod
    def _covers(pattern, resource, identity, place):
        where, part = pattern
        if where and place and not all(re.fullmatch(wildcard(one), real) for one, real in zip(where, place)):
            return False
        expression = substituted(part, identity, wildcard)
        return expression is not None and re.fullmatch(expression, resource, re.DOTALL) is not None


class Policy:
    """Never changes after it was made; decisions may be kept by the caller."""

    def __init__(self, document, region=None, account=None):
        if not isinstance(document, dict) or "Statement" not in document:
            raise PolicyError("a policy document must be an object with 'Statement'")
        if document.get("Version", "2012-10-17") != "2012-10-17":
            raise PolicyError(f"the Version of a policy must be '2012-10-17', not '{document['Version']}'")
        self.statements = [Statement(one) for one in as_list(document["Statement"])]
        self._place = (region, account) if region and account else None

    def allows(self, action, resource, identity):
        """`resource` as the ARN has it after the account: `topic/a/b`."""
        allowed = False
        for statement in self.statements:
            if statement.applies(action, resource, identity, self._place):
                if not statement.allow:
                    return False
                allowed = True
        return allowed


ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
