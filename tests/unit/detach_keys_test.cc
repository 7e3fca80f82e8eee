// The keys by which a client leaves a terminal.
#include "engine/service/detach_keys.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace stack::service {
namespace {

TEST(DetachKeys, HoldTheSequenceBackUntilItIsNone) {
  DetachKeys keys{"ctrl-p,ctrl-q"};
  EXPECT_EQ(keys.read("ab").pass_on, "ab");
  auto read = keys.read("a\x10");
  EXPECT_EQ(read.pass_on, "a");
  EXPECT_FALSE(read.detached);
  read = keys.read("\x10x");
  EXPECT_EQ(read.pass_on, "\x10\x10x");
  read = keys.read("z\x10\x11rest");
  EXPECT_EQ(read.pass_on, "z");
  EXPECT_TRUE(read.detached);
  EXPECT_TRUE(DetachKeys{"a"}.read("xa").detached);
  EXPECT_FALSE(DetachKeys::none().read("\x10\x11").detached);
  EXPECT_THROW(DetachKeys{"ctrl-1"}, Error);
  EXPECT_THROW(DetachKeys{"abc"}, Error);
}

}  // namespace
}  // namespace stack::service
