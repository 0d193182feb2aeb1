#include "support.hpp"

namespace tidegate::config {
namespace {

using namespace std::chrono_literals;

// A whole file around one source, sink or pipeline.
std::string with_source(const std::string& source) {
  return "sources:\n  a: " + source + "\nsinks:\n  b: {plugin: console}\npipelines:\n  c: {from: a, to: b}\n";
}
std::string with_sink(const std::string& sink) {
  return "sinks:\n  b: " + sink + "\nsources:\n  a: {plugin: cpu}\npipelines:\n  c: {from: a, to: b}\n";
}
std::string with_pipeline(const std::string& pipeline) {
  return "pipelines:\n  c: " + pipeline + "\nsources:\n  a: {plugin: cpu}\nsinks:\n  b: {plugin: console}\n";
}

TEST(Gateway, HasDefaultsForWhatIsNotSaid) {
  const variable no_state{"STATE_DIRECTORY", nullptr};
  const auto got = check_text(with_source("{plugin: cpu}"));
  ASSERT_EQ(got.said, lines{});
  const auto& made = *got.made;
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  EXPECT_EQ(made.id, name);
  EXPECT_EQ(made.shutdown_timeout, 10s);
  EXPECT_EQ(made.log.level, "info");
  EXPECT_EQ(made.log.format, "text");
  EXPECT_EQ(made.state_path, "/var/lib/tidegate/state");
  EXPECT_EQ(made.sinks[0].batch.max_samples, 10'000u);
  EXPECT_EQ(made.sinks[0].batch.max_bytes, 1024u * 1024);
  EXPECT_EQ(made.sinks[0].retry.max, 2min);
  EXPECT_EQ(made.pipelines[0].buffer.max_bytes, 16u * 1024 * 1024);
  EXPECT_FALSE(made.pipelines[0].buffer.max_age);
  EXPECT_EQ(made.pipelines[0].buffer.when_full, when_full::drop_oldest);
}

TEST(Gateway, TakesItsOwnOptions) {
  const auto got = check_text(
      "gateway: {id: 1234, tags: {site: tokyo-1, line: 3}, shutdown_timeout: 1m}\n"
      "log: {level: debug, format: json}\nstate: {path: /tmp/state}\n" +
      with_pipeline(
          "{from: [a], to: [b], buffer: {type: memory, max_size: 1MiB, max_samples: 7, max_age: 72h, "
          "when_full: drop_oldest}}"));
  ASSERT_EQ(got.said, lines{});
  EXPECT_EQ(got.made->id, "1234");
  EXPECT_EQ(got.made->tags, (std::map<std::string, std::string>{{"site", "tokyo-1"}, {"line", "3"}}));
  EXPECT_EQ(got.made->shutdown_timeout, 1min);
  EXPECT_EQ(got.made->log.format, "json");
  EXPECT_EQ(got.made->state_path, "/tmp/state");
  const auto& buffer = got.made->pipelines[0].buffer;
  EXPECT_EQ(buffer.max_bytes, 1024u * 1024);
  EXPECT_EQ(buffer.max_samples, 7u);
  EXPECT_EQ(buffer.max_age, 72h);
  EXPECT_EQ(buffer.when_full, when_full::drop_oldest);
}

TEST(Gateway, KeepsStateWhereSystemdSays) {
  const variable state{"STATE_DIRECTORY", "/var/lib/a:/var/lib/b"};
  EXPECT_EQ(check_text(with_source("{plugin: cpu}")).made->state_path, "/var/lib/a/state");
}

TEST(Source, HasAnIntervalIfItIsPolled) {
  EXPECT_EQ(check_text(with_source("{plugin: cpu}")).made->sources[0].interval, 10s);
  EXPECT_EQ(check_text(with_source("{plugin: cpu, interval: 1ms}")).made->sources[0].interval, 1ms);
  EXPECT_EQ(check_text(with_source("{plugin: cpu, interval: 0}")).said,
            lines{"gw.yaml:2:30: error: sources.a.interval: must be at least 1ms; this is 0"});
  EXPECT_FALSE(check_text(with_source("{plugin: generate}")).made->sources[0].interval);
  EXPECT_EQ(check_text(with_source("{plugin: generate, interval: 5s}")).said,
            lines{"gw.yaml:2:25: error: sources.a.interval: this source is not polled and takes no interval; "
                  "remove it"});
}

TEST(Source, HasARingIfItCannotWait) {
  const auto given = check_text(with_source("{plugin: serial}")).made->sources[0];
  EXPECT_EQ(given.ring, 10s);
  EXPECT_EQ(given.ring_bytes_max, 4u << 20);
  EXPECT_FALSE(given.report_gaps);
  const auto wanted =
      check_text(with_source("{plugin: serial, ring: 1m, ring_max_size: 1MiB, report_gaps: true}"))
          .made->sources[0];
  EXPECT_EQ(wanted.ring, 1min);
  EXPECT_EQ(wanted.ring_bytes_max, 1u << 20);
  EXPECT_TRUE(wanted.report_gaps);
  EXPECT_EQ(
      check_text(with_source("{plugin: serial, ring: 10}")).said,
      lines{"gw.yaml:2:29: error: sources.a.ring: must be a duration such as 10s; this is '10': the unit "
            "is missing (write 10s?)"});
  EXPECT_EQ(check_text(with_source("{plugin: cpu, ring: 10s}")).said,
            lines{"gw.yaml:2:20: error: sources.a.ring: this source can wait for its pipelines and needs no "
                  "ring; remove it"});
}

TEST(Source, MayDeclareTheIntervalItself) {
  const auto got = check_text(with_source("{plugin: clock}"));
  EXPECT_EQ(got.made->sources[0].interval, 5s);
  EXPECT_EQ(got.made->sources[0].options.find("interval")->integer(), 5'000'000'000);
  EXPECT_EQ(check_text(with_source("{plugin: clock, interval: 10us}")).said,
            lines{"gw.yaml:2:32: error: sources.a.interval: must be at least 1ms; this is 10us"});
}

TEST(Source, GetsItsOwnOptionsAndNotTheHosts) {
  const auto got = check_text(with_source("{plugin: cpu, interval: 5s, per_core: true, tags: {room: b2}}"));
  ASSERT_TRUE(got.made);
  const auto& source = got.made->sources[0];
  EXPECT_EQ(to_display(source.options), "{per_core: true}");
  EXPECT_EQ(source.tags.at("room"), "b2");
  EXPECT_EQ(source.path, "sources.a");
  EXPECT_EQ(to_string(source.where), "gw.yaml:2:3");
}

TEST(Sink, HasLimitsOfBatchesAndRetries) {
  const auto got = check_text(with_sink(
      "{plugin: console, batch: {max_samples: 5, max_bytes: 2KiB, max_wait: 1s}, retry: {min: 2s}}"));
  ASSERT_EQ(got.said, lines{});
  const auto& sink = got.made->sinks[0];
  EXPECT_EQ(sink.batch.max_samples, 5u);
  EXPECT_EQ(sink.batch.max_bytes, 2048u);
  EXPECT_EQ(sink.batch.max_wait, 1s);
  EXPECT_EQ(sink.retry.min, 2s);
  EXPECT_EQ(to_display(sink.options), "{}");
}

TEST(Sink, MayBeHeldBackWhileItCatchesUp) {
  EXPECT_FALSE(check_text(with_sink("{plugin: console}")).made->sinks[0].catch_up_rate);
  EXPECT_EQ(check_text(with_sink("{plugin: console, catch_up_rate: 500}")).made->sinks[0].catch_up_rate,
            500u);
  EXPECT_EQ(check_text(with_sink("{plugin: console, catch_up_rate: 0}")).said,
            lines{"gw.yaml:2:39: error: sinks.b.catch_up_rate: must be at least 1; this is 0"});
  EXPECT_FALSE(check_text(with_sink("{plugin: console}")).made->sinks[0].live_first);
  EXPECT_TRUE(check_text(with_sink("{plugin: console, live_first: true}")).made->sinks[0].live_first);
}

TEST(Sink, MayDeclareDefaultsForTheHostsOptions) {
  const auto got = check_text(with_sink("{plugin: http, batch: {max_wait: 1s}}"));
  ASSERT_EQ(got.said, lines{});
  const auto& sink = got.made->sinks[0];
  EXPECT_EQ(sink.batch.max_samples, 500u);
  EXPECT_EQ(sink.batch.max_bytes, 1024u * 1024);
  EXPECT_EQ(sink.batch.max_wait, 1s);
  EXPECT_TRUE(sink.options.find("retry")->find("jitter")->boolean());
  EXPECT_EQ(sink.options.find("batch")->find("max_samples")->integer(), 500);
  EXPECT_EQ(check_text(with_sink("{plugin: http}")).made->sinks[0].batch.max_samples, 500u);
  EXPECT_EQ(check_text(with_sink("{plugin: http, batch: {max_samples: 1001}}")).said,
            lines{"gw.yaml:2:42: error: sinks.b.batch.max_samples: must be at most 1000; this is 1001"});
  EXPECT_EQ(check_text(with_sink("{plugin: http, batch: {max_samples: 0}}")).said,
            lines{"gw.yaml:2:42: error: sinks.b.batch.max_samples: must be at least 1; this is 0"})
      << "the host's limits hold where the component has none";
}

TEST(Sink, WaitsNotLongerAtFirstThanInTheEnd) {
  EXPECT_EQ(check_text(with_sink("{plugin: console, retry: {min: 5m}}")).said,
            lines{"gw.yaml:2:37: error: sinks.b.retry.min: is 5m, more than retry.max (2m)"});
  EXPECT_EQ(check_text(with_sink("{plugin: console, retry: {max: 10ms}}")).said,
            lines{"gw.yaml:2:37: error: sinks.b.retry.max: is 10ms, less than retry.min (1s)"});
}

TEST(Step, HasAPluginAndItsOptions) {
  const auto got =
      check_text(with_pipeline("{from: a, to: b, process: [{plugin: deadband, field: x, within: 1}]}"));
  ASSERT_EQ(got.said, lines{});
  const auto& step = got.made->pipelines[0].process.at(0);
  EXPECT_EQ(step.name, "c.process[0]");
  EXPECT_EQ(step.path, "pipelines.c.process[0]");
  EXPECT_EQ(to_display(step.options), "{field: 'x', within: 1}");
  EXPECT_EQ(check_text(with_pipeline("{from: a, to: b, process: [{plugin: deadband, fild: x}]}")).said,
            lines{"gw.yaml:2:52: error: pipelines.c.process[0].fild: unknown option; did you mean 'field'?"});
}

TEST(Pipeline, NamesSourcesAndSinks) {
  EXPECT_EQ(
      check_text(with_pipeline("{from: [a, b], to: [a, x]}")).said,
      (lines{
          "gw.yaml:2:17: error: pipelines.c.from[1]: 'b' is a sink; 'from' takes sources and pipelines, or "
          "'b.rejected' for what it refuses for good",
          "gw.yaml:2:26: error: pipelines.c.to[0]: 'a' is a source; 'to' takes sinks",
          "gw.yaml:2:29: error: pipelines.c.to[1]: there is no sink 'x'; known are: b"}));
}

TEST(Pipeline, MayShareItsNameWithASinkOnly) {
  const std::string ends = "sources: {x: {plugin: cpu}}\nsinks: {x: {plugin: console}}\n";
  EXPECT_EQ(check_text(ends + "pipelines: {y: {from: x, to: x}}\n").said, lines{});
  EXPECT_EQ(
      check_text(ends + "pipelines: {x: {from: x, to: x}}\n").said,
      lines{"gw.yaml:3:13: error: pipelines.x: has the name of the source at gw.yaml:1:11, and 'from' could "
            "mean either; choose another"});
}

TEST(Pipeline, IsMissedBySourcesAndSinksThatNothingUses) {
  const auto got = check_text(with_source("{plugin: cpu}") + "  d: {from: a, to: b}\nlog: {}\n" +
                              "gateway:\n  # id: nothing but a comment\n");
  EXPECT_EQ(got.said, lines{});
  const auto unused = check_text(
      "sources:\n  a: {plugin: cpu}\n  a2: {plugin: cpu}\nsinks:\n  b: {plugin: console}\n  b2: "
      "{plugin: console}\npipelines:\n  c: {from: a, to: b}\n");
  EXPECT_EQ(
      unused.said,
      (lines{
          "gw.yaml:3:3: warning: sources.a2: no pipeline reads it; name it in 'from' of one, or remove it",
          "gw.yaml:6:3: warning: sinks.b2: no pipeline writes to it; name it in 'to' of one, or remove it"}));
  EXPECT_TRUE(unused.made) << "a warning is no error";
}

TEST(Pipeline, GivesOneMessageForOneMistake) {
  // Each of them could be followed by others: unused, missing, unknown.
  const std::vector<std::string> mistakes{
      with_pipeline(""),
      with_pipeline("{}"),
      with_pipeline("{form: a, to: b}"),
      with_pipeline("{from: [], to: b}"),
      with_pipeline("{from: , to: b}"),
      with_pipeline("{from: {a: 1}, to: b}"),
      with_pipeline("{from: a2, to: b}"),
      with_pipeline("{from: a, to: b, buffer: {type: disk, commit: 1s, min_free: 1GiB}}"),
      with_pipeline("{from: a, to: b, process: {plugin: deadband}}"),
      with_pipeline("{from: a, to: b, process: [deadband]}"),
      with_pipeline("[a, b]"),
      with_source("{plugin: cpx, what: ever}"),
      with_source("{plugn: cpu, what: ever}"),
      with_source("cpu"),
      with_source(""),
      with_source("[]"),
      with_sink("{plugin: file, pth: x}"),
      "source:\n  a: {plugin: cpu}\nsinks:\n  b: {plugin: console}\npipelines:\n  c: {from: a, to: b}\n",
      "sources:\n- a: {plugin: cpu}\nsinks:\n  b: {plugin: console}\npipelines:\n  c: {from: a, to: b}\n",
      "sources:\nsinks:\n  b: {plugin: console}\npipelines:\n  c: {from: a, to: b}\n",
      "sinks:\n  b: {plugin: console}\npipelines:\n  c: {from: a, to: b}\n",
      "sources:\n  a: {plugin: cpu}\nsinks:\n  b: {plugin: console}\n",
      "",
      "nothing",
      "a: [",
  };
  for (const auto& yaml : mistakes) {
    const auto got = check_text(yaml);
    EXPECT_EQ(got.said.size(), 1u) << yaml << "--\n"
                                   << (got.said.empty() ? "" : got.said[0] + "\n" + got.said.back());
    EXPECT_FALSE(got.made) << yaml;
  }
}

TEST(Names, AreLettersDigitsDashAndUnderscore) {
  EXPECT_EQ(check_text("sources: {A-1_b: {plugin: cpu}}\nsinks: {b: {plugin: console}}\npipelines: {9: "
                       "{from: A-1_b, to: b}}\n")
                .said,
            lines{});
  for (const auto* name : {"\"\"", "a.b", "a b", "\u00fc", "\"a\\n\"", "a/b"}) {
    const auto got = check_text("sources: {" + std::string{name} +
                                ": {plugin: cpu}}\nsinks: {b: {plugin: console}}\npipelines: {c: {from: [" +
                                name + "], to: b}}\n");
    ASSERT_EQ(got.said.size(), 1u) << name;
    EXPECT_NE(got.said[0].find("must be letters, digits, '-' and '_' only"), std::string::npos)
        << got.said[0];
  }
}

TEST(AboutOption, PointsIntoTheFile) {
  const auto got = check_text(with_sink("{plugin: http, retry: {jitter: false}}"));
  ASSERT_TRUE(got.made);
  const auto& sink = got.made->sinks[0];
  EXPECT_EQ(to_string(about_option(sink, "retry.jitter", "is no good")),
            "gw.yaml:2:37: error: sinks.b.retry.jitter: is no good");
  EXPECT_EQ(to_string(about_option(sink, "url", "is no good")),
            "gw.yaml:2:3: error: sinks.b.url: is no good");
  EXPECT_EQ(to_string(about_option(sink, "", "is no good")), "gw.yaml:2:3: error: sinks.b: is no good");
}

TEST(Alias, SharesOptionsBetweenInstances) {
  const auto got = check_text(
      "sources:\n  a: &a {plugin: cpu, interval: 5s}\n  a2:\n    <<: *a\n    interval: 7s\nsinks: {b: "
      "{plugin: console}}\n"
      "pipelines: {c: {from: [a, a2], to: b}}\n");
  ASSERT_EQ(got.said, lines{});
  EXPECT_EQ(got.made->sources[1].interval, 7s);
}

}  // namespace
}  // namespace tidegate::config
