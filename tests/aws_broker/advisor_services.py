"""The cases of AWS IoT Device Advisor beyond TLS and MQTT."""
import json

import policy
from advisor_bench import FAIL, NOT_APPLICABLE, PASS, Case, Verdict

# What grants every device what only one should have.
TOO_WIDE = {"*", "client/*", "topic/*", "topicfilter/*", "topicfilter/#", "topic/#"}


def overgrants(document):
    """What a policy allows beyond any need, as sentences."""
    policy.Policy(document)  # a PolicyError if it is none
    found = []
    for number, statement in enumerate(policy.as_list(document["Statement"]), 1):
        if statement["Effect"] != "Allow":
            continue
        found += [f"statement {number} allows the action {one}" for one in policy.as_list(statement["Action"])
                  if one in ("*", "iot:*")]
        found += [f"statement {number} allows the resource {one}" for one in policy.as_list(statement["Resource"])
                  if one == "*" or one.split(":", 5)[-1] in TOO_WIDE]
    return found


def device_policies(bench):
    path = bench.settings.policy
    if path is None:
        return Verdict(NOT_APPLICABLE, "no policy document was given")
    try:
        with open(path, encoding="utf-8") as file:
            found = overgrants(json.load(file))
    except (OSError, ValueError, policy.PolicyError) as error:
        return Verdict(FAIL, f"the policy document: {error}")
    return Verdict(FAIL, "; ".join(found)) if found else Verdict(PASS, "no statement allows more than one device needs")


def absent(bench):
    return Verdict(NOT_APPLICABLE, "the broker does not play this service")


CASES = (
    Case("Shadow_Publish_Reported_State", absent, False, ("shadow",)),
    Case("Shadow_Update_Reported_State", absent, False, ("shadow",)),
    Case("Job_Execution", absent, False, ("jobs",)),
    Case("Security_Device_Policies", device_policies),
)
