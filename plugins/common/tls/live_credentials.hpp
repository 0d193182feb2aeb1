// Credentials that follow their files: a new pair is taken when it is whole and right, and never before.
//
// Files are replaced one after the other, by people and by scripts. What is in use stays in use, in memory,
// until what lies on the disk has passed every check; so a renewal that went wrong costs a warning and no
// connection. One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tls/credentials.hpp"

namespace tidegate::tls {

class live_credentials {
 public:
  explicit live_credentials(file_names files) : files_{std::move(files)}, watch_{files_} {}

  // Those to connect with. Throws tidegate::error, temporary, while there are none that are right.
  std::shared_ptr<const credentials> get(std::int64_t now_utc);

  enum class outcome { unchanged, renewed, refused };
  // Looks whether the files have changed. `why`: what is wrong with those that were refused.
  outcome look(std::int64_t now_utc, std::string& why);

  // Of the certificate in use, UTC nanoseconds; 0 if there is none.
  std::int64_t expires() const { return current_ ? current_->expires() : 0; }
  // A sentence when the certificate has come nearer to its end than 30 days, 7 days and 1 day, once each.
  std::optional<std::string> expiry_warning(std::int64_t now_utc);

 private:
  void use(credentials made);

  file_names files_;
  file_watch watch_;
  std::shared_ptr<const credentials> current_;
  int warned_days_ = INT32_MAX;
};

}  // namespace tidegate::tls
