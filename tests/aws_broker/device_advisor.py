#!/usr/bin/env python3
"""Runs the list of AWS IoT Device Advisor against a device, without AWS.

    device_advisor.py --can subscribe -- 'my-device --host {endpoint} --port {port} --ca {ca} --cert {cert}
                                          --key {key} --id {client_id}'

Each case gives Pass, Warn or Fail with one sentence; Q marks what AWS's Device Qualification Program requires. Exit
code 0: no required case has failed. README.md says more.
"""
import argparse
import dataclasses
import json
import pathlib
import sys
import tempfile

import advisor_mqtt
import advisor_services
import advisor_tls
from advisor_bench import FAIL, NOT_APPLICABLE, Bench, Settings, Verdict
from device import CommandDevice

CASES = advisor_tls.CASES + advisor_mqtt.CASES + advisor_services.CASES
NAMES = [one.name for one in CASES]

# What a device may be able to do, and what is said of one that is not.
ABILITIES = {"subscribe": "the device does not subscribe", "persistent": "the device keeps no session",
             "publish_qos1": "the device publishes with QoS 0 only", "shadow": "the device uses no shadow",
             "jobs": "the device runs no jobs"}


@dataclasses.dataclass
class Outcome:
    case: str
    required: bool
    result: str
    says: str


def run_cases(device, settings, names=None, report=lambda outcome: None):
    """The Outcomes of the cases, in the order of AWS's list; `report` hears of each at once."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="device-advisor-") as folder:
        bench = Bench(folder, device, settings)
        for case in CASES:
            if names and case.name not in names:
                continue
            outcome = Outcome(case.name, case.required, *dataclasses.astuple(verdict_of(case, bench)))
            outcomes.append(outcome)
            report(outcome)
    return outcomes


def verdict_of(case, bench):
    missing = [one for one in case.needs if one not in bench.device.abilities]
    if missing:
        return Verdict(NOT_APPLICABLE, ABILITIES[missing[0]])
    return case.run(bench)


def qualifies(outcomes):
    """True if no required case has failed."""
    return not any(one.required and one.result == FAIL for one in outcomes)


def line_of(outcome):
    return f"{'Q' if outcome.required else ' '} {outcome.result:14} {outcome.case:52} {outcome.says}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", nargs="?", help="starts the device; {endpoint} {port} {ca} {cert} {key} {client_id}")
    parser.add_argument("--can", action="append", default=[], choices=ABILITIES,
                        help="what the device does beyond publishing; may come several times")
    parser.add_argument("--no-qos1", action="store_true", help="the device publishes with QoS 0 only")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="CASE", help="run this case; may come again")
    parser.add_argument("--time-scale", type=float, default=1.0, help="of AWS's times, as 0.1 (1)")
    parser.add_argument("--client-id", default="advisor-device")
    parser.add_argument("--endpoint", default="localhost", help="this machine, as the device is told (localhost)")
    parser.add_argument("--topic", help="a filter that what is published must match")
    parser.add_argument("--filter", action="append", default=[], help="what the device must subscribe to")
    parser.add_argument("--backoff-cap", type=float, help="seconds that a device may wait at most")
    parser.add_argument("--policy", type=pathlib.Path, help="JSON file: the device's policy, which is also enforced")
    parser.add_argument("--device-log", help="file to append to what the device says")
    parser.add_argument("--json", action="store_true", help="the outcomes as one JSON object")
    parser.add_argument("--list", action="store_true", help="the cases, and no more")
    made = parser.parse_args()
    if not made.list and not made.command:
        parser.error("give the command that starts the device")
    return made


def main():
    options = arguments()
    if options.list:
        for case in CASES:
            print(f"{'Q' if case.required else ' '} {case.name}" + (f"  (needs {', '.join(case.needs)})"
                                                                  if case.needs else ""))
        return 0
    abilities = set(options.can) | (set() if options.no_qos1 else {"publish_qos1"})
    try:
        device = CommandDevice(options.command, abilities, options.device_log)
    except ValueError as error:
        sys.exit(f"device_advisor.py: {error}")
    settings = Settings(options.time_scale, options.client_id, options.endpoint, options.topic, tuple(options.filter),
                        options.backoff_cap, options.policy)
    outcomes = run_cases(device, settings, options.only,
                         lambda one: None if options.json else print(line_of(one), flush=True))
    good = qualifies(outcomes)
    if options.json:
        print(json.dumps({"qualifies": good, "cases": [dataclasses.asdict(one) for one in outcomes]}, indent=1))
    else:
        failed = [one.case for one in outcomes if one.required and one.result == FAIL]
        print("no required case has failed" if good else f"required and failed: {', '.join(failed)}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
