// A unit test without a framework: the component is a class like any other, and the SDK brings a host for it.
#include "thermometer.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tidegate/testing.hpp"

namespace {

void expect(bool held, const char* what) {
  if (held) return;
  std::fprintf(stderr, "not true: %s\n", what);
  std::exit(1);
}

void reads_the_sensor(const std::string& path) {
  std::ofstream{path} << "21500\n";
  tidegate::testing::host host;
  host.set_utc(1'600'000'000'000'000'000);
  thermometer component{host.source(), tidegate::testing::options_of({{"path", path}, {"label", "roof"}})};
  component.poll();
  expect(host.samples().size() == 1, "one poll makes one sample");
  const auto sample = host.samples()[0];
  expect(sample.name == "temperature", "it is named temperature");
  expect(sample.tags.at("sensor") == "roof", "it bears the label");
  expect(sample.time == 1'600'000'000'000'000'000, "it bears the host's time");
  expect(sample.number("celsius") == 21.5, "thousandths become degrees");
}

void says_that_a_sensor_is_away(const std::string& path) {
  tidegate::testing::host host;
  thermometer component{host.source(),
                        tidegate::testing::options_of({{"path", path + ".gone"}, {"label", ""}})};
  try {
    component.poll();
    expect(false, "a sensor that is away is an error");
  } catch (const tidegate::error& thrown) {
    expect(thrown.status() == TIDEGATE_ERROR_TEMPORARY, "the error may pass");
  }
}

void refuses_a_folder() {
  tidegate::testing::host host;
  try {
    const thermometer component{host.source(),
                                tidegate::testing::options_of({{"path", "/tmp/"}, {"label", ""}})};
    expect(false, "a folder is refused");
  } catch (const tidegate::error& thrown) {
    expect(thrown.option() == "path", "the error names the option");
  }
}

}  // namespace

int main() {
  char name[] = "/tmp/thermometer-XXXXXX";
  expect(::mkstemp(name) >= 0, "a file can be made");
  reads_the_sensor(name);
  says_that_a_sensor_is_away(name);
  refuses_a_folder();
  std::remove(name);
}
