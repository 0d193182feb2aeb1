// A token that stands in a file and is replaced there from time to time. One thread at a time.
#pragma once

#include <cstdint>
#include <string>

namespace tidegate::http {

class bearer_file {
 public:
  // An empty path: there is none, and the token stays empty.
  explicit bearer_file(std::string path) : path_{std::move(path)} {}

  // Reads the file anew if it is another than before; looks at it once a second at most. Throws
  // tidegate::error, temporary, while there is no token in it.
  void refresh(std::int64_t now);
  const std::string& token() const { return token_; }

 private:
  void read();

  std::string path_;
  std::string token_;
  std::int64_t look_at_ = INT64_MIN;
  std::int64_t known_[4] = {};  // what stat() said of it
};

}  // namespace tidegate::http
