// The distribution of many numbers in little memory, for percentiles: how many there were in each of many
// buckets whose limits grow by one hundredth, so that what is read back is within half a hundredth of a
// number that was there.
//
// A bucket takes 8 bytes, and values of sensors that lie close together have few. When there are more than
// buckets_max, those nearest to zero become one.
#pragma once

#include <cstdint>
#include <vector>

#include "series/snapshot.hpp"

namespace tidegate::aggregate {

class sketch {
 public:
  static constexpr std::size_t buckets_max = 1024;

  void add(double value, std::uint32_t times = 1);
  void add(const sketch& other);
  // The value below which `fraction` (0 to 1) of all are, by the nearest rank; there must be one.
  double at(double fraction) const;

  void save(series::snapshot_writer& to) const;
  void load(series::snapshot_reader& from);

 private:
  // In the order of the values: negative ones have negative numbers, those near zero 0.
  struct bucket {
    std::int32_t number;
    std::uint32_t count;
  };
  void add_to(std::int32_t number, std::uint32_t times);
  void join_smallest();

  std::vector<bucket> buckets_;
};

}  // namespace tidegate::aggregate
