// Names of containers that nobody has named.
#include "engine/core/given_names.h"

#include <cstring>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stack::core {
namespace {

using ::testing::MatchesRegex;

TEST(GivenNames, AreAnAdjectiveAndABird) {
  const auto never = [](const std::string&) { return false; };
  for (int i = 0; i < 200; ++i) EXPECT_THAT(given_name(system_random(), never), MatchesRegex("[a-z]+_[a-z]+"));
}

TEST(GivenNames, OneThatIsTakenIsNotGivenAgain) {
  std::set<std::string> taken;
  const auto known = [&](const std::string& name) { return taken.contains(name); };
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(taken.insert(given_name(system_random(), known)).second);
}

TEST(GivenNames, AnEndIsFoundWithAPoorSourceOfChance) {
  const RandomSource none = [](void* data, std::size_t size) { std::memset(data, 0, size); };
  std::set<std::string> taken;
  const auto known = [&](const std::string& name) { return taken.contains(name); };
  for (int i = 0; i < 50; ++i) taken.insert(given_name(none, known));
  EXPECT_EQ(taken.size(), 50U);
}

}  // namespace
}  // namespace stack::core
