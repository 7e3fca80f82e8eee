// The client's small parts: the keys that leave a session.
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/detach_keys.h"

namespace stack::client {
namespace {

TEST(DetachKeys, AreDockers) {
  EXPECT_EQ(parse_detach_keys("ctrl-p,ctrl-q"), "\x10\x11");
  EXPECT_EQ(parse_detach_keys("a,ctrl-@,ctrl-["), std::string("a\0\x1b", 3));
  EXPECT_EQ(parse_detach_keys(""), "");
  EXPECT_EQ(parse_detach_keys("a"), "a");
  for (const char* wrong : {"ctrl-", "ctrl-A1", "ab", "a,,b", "ctrl-p,"}) EXPECT_THROW(parse_detach_keys(wrong), Error);
}

TEST(DetachKeys, HoldBackOnlyWhatMayBeTheBeginning) {
  DetachKeys keys{"\x10\x11"};
  EXPECT_EQ(keys.pass("ls\n"), "ls\n");
  EXPECT_EQ(keys.pass("\x10"), "");
  EXPECT_EQ(keys.pass("x"), "\x10x");
  EXPECT_EQ(keys.pass("\x10\x10"), "\x10");
  EXPECT_FALSE(keys.complete());
  EXPECT_EQ(keys.pass("\x11rest"), "");
  EXPECT_TRUE(keys.complete());
}

TEST(DetachKeys, BeginAnewWithinThemselves) {
  DetachKeys keys{"aab"};
  EXPECT_EQ(keys.pass("aaab"), "a");
  EXPECT_TRUE(keys.complete());
  DetachKeys none{""};
  EXPECT_EQ(none.pass("\x10\x11"), "\x10\x11");
  EXPECT_FALSE(none.complete());
}

}  // namespace
}  // namespace stack::client
