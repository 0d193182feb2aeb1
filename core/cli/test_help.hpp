// What `tidegate test --help` says.
#pragma once

#include <string_view>

namespace tidegate::cli {

inline constexpr std::string_view test_help = R"(usage: tidegate test [-c FILE]... [SOURCE]...
       tidegate test [-c FILE]... -f TESTS...

The first reads each source once, or those named, and prints the samples as NDJSON.

The second runs the pipelines of a configuration as they are, between sources that give what a file of tests says and
sinks that keep what they get. The clock stands until it is told to go on. Nothing is opened: no device, no network, no
file of data; so it needs neither hardware nor certificates. What comes out and was not expected, and the other way
round, is shown as a difference.

  configuration: gateway.yaml          # beside this file; unless -c says which
  tests:
    - name: small changes are not sent
      begin: "2026-01-01T00:00:00Z"    # of the clock; this is the default
      steps:
        - give: plc                    # a batch of samples, as if this source had read them
          samples:
            - {fields: {temperature: 21.5}}
            - {name: door, tags: {room: b2}, age: 5s, fields: {open: true, count: {u64: 7}}}
        - wait: 10s                    # timers of steps that fall due come at their times
        - away: aws                    # the sink takes nothing, until
        - back: aws
        - refuse: aws                  # it rejects what the condition fits, or everything without one
          when: {name: plc}
          because: too old
        - expect: sinks.aws            # all that has come there since it was asked the last time
          samples:
            - {name: plc, fields: {temperature: 21.5}}

  give: a name is the source's, a time that of the clock, if they are not written; 'age' is how long before. The tags of
  source and gateway are added. Numbers are i64, or f64 with a point; {u64: 7}, {f64: 7}, {string: x} say another type.
  expect: 'sinks.NAME'; 'pipelines.NAME', what comes out of its steps; 'pipelines.NAME.process[N]', what comes out of
  one of them. Of a sample what is written must be so: time, name, all tags, all fields. A whole number fits every type.

options:
  -f, --file TESTS       a file of tests; may repeat
  -c, --config FILE      the configuration, instead of the one that TESTS names; may repeat
      --default          the configuration built into the program
      --plugin-path DIR  where plugins are looked for; may repeat
  -h, --help             this text

exit codes: 0; 64 the command line is wrong; 65 a test has failed; 69 a source gave nothing; 78 the configuration, or a
file of tests, is wrong
)";

}  // namespace tidegate::cli
