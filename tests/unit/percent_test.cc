#include "base/percent.h"

#include <gtest/gtest.h>

#include "base/split.h"

namespace stack {
namespace {

TEST(Percent, EscapesWhatIsReserved) {
  EXPECT_EQ(percent_encode("a-._~Z9"), "a-._~Z9");
  EXPECT_EQ(percent_encode("a b/c%\xc3"), "a%20b%2Fc%25%C3");
  EXPECT_EQ(percent_encode("a b", [](char c) { return c != 'a'; }), "%61 b");
}

TEST(Percent, BrokenEscapesStay) {
  EXPECT_EQ(percent_decode("%61%7e%C3"), "a~\xc3");
  EXPECT_EQ(percent_decode("%6"), "%6");
  EXPECT_EQ(percent_decode("100%zz%"), "100%zz%");
  EXPECT_EQ(percent_decode(percent_encode("%&=\n")), "%&=\n");
}

TEST(Split, KeepsEmptyPartsUnlessItIsAList) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(split("a::b:", ':'), (Words{"a", "", "b", ""}));
  EXPECT_EQ(split("", ':'), Words{""});
  EXPECT_EQ(split_list(",a,,b,"), (Words{"a", "b"}));
  EXPECT_EQ(split_list(""), Words{});
}

}  // namespace
}  // namespace stack
