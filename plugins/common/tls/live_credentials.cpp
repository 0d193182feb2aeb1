#include "tls/live_credentials.hpp"

#include "tidegate/error.hpp"
#include "tls/x509_text.hpp"

namespace tidegate::tls {

static constexpr std::int64_t day = 86'400'000'000'000;

std::shared_ptr<const credentials> live_credentials::get(std::int64_t now_utc) {
  // An expired one is loaded again, to say so, or to find that it was replaced.
  const bool is_usable = current_ && (expires() == 0 || now_utc < expires());
  if (!is_usable) use(credentials::load(files_, now_utc));
  return current_;
}

live_credentials::outcome live_credentials::look(std::int64_t now_utc, std::string& why) {
  // What was never usable is loaded at each try to connect.
  if (!watch_.changed() || !current_) return outcome::unchanged;
  try {
    use(credentials::load(files_, now_utc));
    return outcome::renewed;
  } catch (const error& thrown) {
    why = thrown.what();
    return outcome::refused;
  }
}

void live_credentials::use(credentials made) {
  current_ = std::make_shared<const credentials>(std::move(made));
  warned_days_ = INT32_MAX;
}

std::optional<std::string> live_credentials::expiry_warning(std::int64_t now_utc) {
  if (expires() == 0) return std::nullopt;
  for (const int days : {1, 7, 30}) {
    if (expires() - now_utc > days * day) continue;
    if (warned_days_ <= days) return std::nullopt;
    warned_days_ = days;
    return "tls.certificate " + files_.certificate + " expires at " + date_text(expires()) +
           "; put a new one in its place";
  }
  return std::nullopt;
}

}  // namespace tidegate::tls
