// The floor under generate -> file: formats the lines that the gateway wrote, byte for byte, in a bare loop
// with to_chars, and writes them in blocks of 128 KiB.
//
//   floor INPUT OUTPUT
//
// INPUT is a file that the gateway wrote (five fields: sequence and value1 ... value4). It is read into
// numbers first, which is not counted. Prints the CPU seconds of the loop.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t block_bytes = 128 * 1024;
constexpr std::size_t line_bytes_max = 512;
constexpr std::string_view before_sequence =
    R"(Z","name":"generate","tags":{"series":"0"},"fields":{"sequence":)";
constexpr std::array<std::string_view, 4> before_values{R"(,"value1":)", R"(,"value2":)", R"(,"value3":)",
                                                        R"(,"value4":)"};

struct row {
  std::int64_t milliseconds;
  std::uint64_t sequence;
  std::array<double, 4> values;
};

[[noreturn]] void fail(const std::string& text) {
  std::fprintf(stderr, "floor: %s\n", text.c_str());
  std::exit(1);
}

// ---- Reading, which is not measured ---------------------------------------------------------------

template <class Number>
Number take(std::string_view& line, std::string_view before) {
  const auto at = line.find(before);
  if (at == line.npos) fail("the input has other lines than expected: " + std::string{line});
  line.remove_prefix(at + before.size());
  Number number{};
  line.remove_prefix(static_cast<std::size_t>(
      std::from_chars(line.data(), line.data() + line.size(), number).ptr - line.data()));
  return number;
}

std::int64_t take_time(std::string_view line) {
  tm time{};
  int milliseconds = 0;
  if (std::sscanf(line.data(), R"({"time":"%d-%d-%dT%d:%d:%d.%dZ)", &time.tm_year, &time.tm_mon,
                  &time.tm_mday, &time.tm_hour, &time.tm_min, &time.tm_sec, &milliseconds) != 7)
    fail("the input has another time than expected: " + std::string{line});
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  return std::int64_t{::timegm(&time)} * 1000 + milliseconds;
}

std::vector<row> read_rows(const char* path) {
  std::ifstream input{path};
  std::vector<row> rows;
  for (std::string text; std::getline(input, text);) {
    std::string_view line{text};
    row made{take_time(line), take<std::uint64_t>(line, R"("sequence":)"), {}};
    for (std::size_t each = 0; each < made.values.size(); ++each)
      made.values[each] = take<double>(line, before_values[each]);
    rows.push_back(made);
  }
  if (rows.empty()) fail(std::string{path} + " has no line");
  return rows;
}

// ---- The loop --------------------------------------------------------------------------------------

char* put(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

char* put_two(char* at, int number) {
  at[0] = static_cast<char>('0' + number / 10);
  at[1] = static_cast<char>('0' + number % 10);
  return at + 2;
}

// Up to the seconds; that changes once a second only.
class clock_text {
 public:
  std::string_view at(std::int64_t seconds) {
    if (seconds != seconds_) format(seconds);
    return {text_.data(), 30};
  }

 private:
  void format(std::int64_t seconds) {
    seconds_ = seconds;
    const std::time_t given = seconds;
    tm parts{};
    ::gmtime_r(&given, &parts);
    std::strftime(text_.data(), text_.size(), R"({"time":"%Y-%m-%dT%H:%M:%S. )", &parts);
  }
  std::int64_t seconds_ = -1;
  std::array<char, 64> text_{};
};

// As the gateway writes numbers: plain but for the very small, and a decimal number always with a point.
char* put_number(char* at, double value) {
  const double magnitude = value < 0 ? -value : value;
  if (magnitude != 0 && magnitude < 1e-4)
    return std::to_chars(at, at + 32, value, std::chars_format::scientific).ptr;
  char* end = std::to_chars(at, at + 32, value, std::chars_format::fixed).ptr;
  if (std::memchr(at, '.', static_cast<std::size_t>(end - at)) != nullptr) return end;
  return put(end, ".0");
}

char* put_row(char* at, const row& each, clock_text& clock) {
  at = put(at, clock.at(each.milliseconds / 1000)) - 1;
  const auto milliseconds = static_cast<int>(each.milliseconds % 1000);
  *at++ = static_cast<char>('0' + milliseconds / 100);
  at = put_two(at, milliseconds % 100);
  at = put(at, before_sequence);
  at = std::to_chars(at, at + 24, each.sequence).ptr;
  for (std::size_t field = 0; field < each.values.size(); ++field) {
    at = put(at, before_values[field]);
    at = put_number(at, each.values[field]);
  }
  return put(at, "}}\n");
}

void write_all(int file, const char* data, std::size_t size) {
  while (size != 0) {
    const auto written = ::write(file, data, size);
    if (written <= 0) fail(std::string{"cannot write: "} + std::strerror(errno));
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

void write_rows(int file, const std::vector<row>& rows) {
  std::vector<char> block(block_bytes + line_bytes_max);
  clock_text clock;
  char* at = block.data();
  for (const auto& each : rows) {
    at = put_row(at, each, clock);
    const auto filled = static_cast<std::size_t>(at - block.data());
    if (filled < block_bytes) continue;
    write_all(file, block.data(), block_bytes);
    std::memmove(block.data(), block.data() + block_bytes, filled - block_bytes);
    at = block.data() + filled - block_bytes;
  }
  write_all(file, block.data(), static_cast<std::size_t>(at - block.data()));
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& of) {
    return static_cast<double>(of.tv_sec) + 1e-6 * static_cast<double>(of.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) fail("usage: floor INPUT OUTPUT");
  const auto rows = read_rows(words[1]);
  const auto before = cpu_seconds();
  const int file = ::open(words[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) fail(std::string{words[2]} + ": " + std::strerror(errno));
  write_rows(file, rows);
  ::close(file);
  std::printf("%.6f\n", cpu_seconds() - before);
}
