// In which order the addresses of a server are tried.
#include <gtest/gtest.h>

#include "http/dialer.hpp"

namespace tidegate::testing {
namespace {

namespace ip = boost::asio::ip;

std::vector<std::string> order_of(const std::vector<std::string>& addresses) {
  std::vector<ip::tcp::endpoint> all;
  for (const auto& each : addresses) all.emplace_back(ip::make_address(each), 443);
  std::vector<std::string> made;
  for (const auto& each : http::in_turn(all)) made.push_back(each.address().to_string());
  return made;
}

using texts = std::vector<std::string>;

TEST(OrderOfAddresses, IsOfOneFamilyAndTheOtherInTurn) {
  EXPECT_EQ((texts{"2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "2001:db8::3"}),
            order_of({"2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "192.0.2.2"}));
}

TEST(OrderOfAddresses, BeginsWithTheFirst) {
  EXPECT_EQ((texts{"192.0.2.1", "2001:db8::1", "192.0.2.2"}),
            order_of({"192.0.2.1", "192.0.2.2", "2001:db8::1"}));
}

TEST(OrderOfAddresses, OfOneFamilyStays) {
  EXPECT_EQ((texts{"192.0.2.2", "192.0.2.1"}), order_of({"192.0.2.2", "192.0.2.1"}));
  EXPECT_EQ(texts{}, order_of({}));
}

}  // namespace
}  // namespace tidegate::testing
