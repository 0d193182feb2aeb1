#include "batch/batch_ref.hpp"

#include <gtest/gtest.h>

#include "unit/batch/made_batch.hpp"

namespace tidegate {
namespace {

TEST(BatchRef, TheBlockLivesAsLongAsOneReference) {
  batch_ref copy;
  {
    const auto batch = make_batch(7, 1);
    copy = batch;
  }
  EXPECT_EQ(copy.view()[0].value(0).as_u64(), 7u);
}

TEST(AllocateBlock, RefusesMoreThanABlockCanBe) {
  EXPECT_EQ(allocate_block(TIDEGATE_BLOCK_BYTES_MAX, 8), nullptr);
}

TEST(BatchRef, ACopyOfNothingIsNothing) {
  const batch_ref none;
  const batch_ref copy = none;
  EXPECT_FALSE(copy);
}

}  // namespace
}  // namespace tidegate
