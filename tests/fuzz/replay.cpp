// Feeds a fuzz target the files of the folders given, in the order of their names, and the empty input: the
// regression test of what fuzzing found. Ends with an error if a folder has no file, because a test that
// tests nothing must not pass.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace files = std::filesystem;

std::vector<files::path> files_of(const files::path& folder) {
  std::vector<files::path> found;
  std::error_code failed;
  for (const auto& entry : files::directory_iterator{folder, failed})
    if (entry.is_regular_file()) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

void feed(const files::path& file) {
  std::ifstream input{file, std::ios::binary};
  const std::vector<char> bytes{std::istreambuf_iterator<char>{input}, {}};
  std::printf("%s: %zu bytes\n", file.c_str(), bytes.size());
  std::fflush(stdout);  // names the file if the target crashes
  // A copy of exactly this size: one byte beyond it is a byte too many for the sanitizers.
  const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

int main(int count, char** folders) {
  const std::uint8_t nothing = 0;
  LLVMFuzzerTestOneInput(&nothing, 0);
  for (int each = 1; each < count; ++each) {
    const auto found = files_of(folders[each]);
    if (found.empty()) {
      std::fprintf(stderr, "%s: no corpus file; add at least one input that the target accepts\n",
                   folders[each]);
      return 1;
    }
    for (const auto& file : found) feed(file);
  }
}
