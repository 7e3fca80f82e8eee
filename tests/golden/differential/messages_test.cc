// What is said of every hand-written project that is wrong, with its place: messages.txt has it all, to be read in one go.
// STACK_GOLDEN_ACCEPT=1 writes it again; such a run counts as skipped.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/file.h"
#include "sample.h"
#include "tests/places.h"

namespace stack::compose {
namespace {

TEST(Messages, AreTheOnesThatWereRead) {
  std::string all;
  std::size_t without_place = 0, errors = 0;
  for (const auto& sample : written_samples()) {
    const auto loaded = load_sample(sample);
    if (loaded.outcome.accepted) continue;
    all += "=== " + sample.name + "\n" + loaded.outcome.messages;
    for (const auto& found : loaded.result.diagnostics) {
      if (found.severity != Severity::error) continue;
      ++errors;
      if (found.place.file.empty()) ++without_place;
      EXPECT_FALSE(found.message.empty() || found.code.empty()) << sample.name;
    }
  }
  EXPECT_GT(errors, 150U);
  // Those of flags and variables, and a folder without a Compose file.
  EXPECT_LT(without_place, 10U);
  const auto path = std::filesystem::path{STACK_SOURCE_DIR} / "tests/golden/differential/messages.txt";
  const char* const wish = std::getenv("STACK_GOLDEN_ACCEPT");
  if (wish != nullptr && std::string_view{wish} == "1") {
    std::ofstream{path, std::ios::binary} << all;
    GTEST_SKIP() << "expected output recorded";
  }
  EXPECT_EQ(read_file(path).value_or(""), all) << "run with STACK_GOLDEN_ACCEPT=1 when the change is meant";
}

}  // namespace
}  // namespace stack::compose
