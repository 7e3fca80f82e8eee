// Every .events file under tests/golden/build is what a builder reported, a line each 250 ms; beside it stands what the painters make of
// it: the pictures of terminals of 40 and 100 columns after each event, and the plain lines. STACK_GOLDEN_ACCEPT=1 writes that anew; such
// a run counts as skipped.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/file.h"
#include "cli/view/build_lines.h"
#include "cli/view/build_painter.h"
#include "cli/view/printable.h"
#include "engine/api/build_wire_json.h"
#include "tests/places.h"

namespace stack::cli {
namespace {

namespace fs = std::filesystem;

constexpr Nanos kPace = std::chrono::milliseconds{250};

fs::path cases() { return fs::path{STACK_SOURCE_DIR} / "tests/golden/build"; }

// Of a long story only the end, where it does not fit.
std::string pictures(const std::vector<api::BuildEvent>& events, int columns) {
  std::string text;
  BuildProgress progress;
  Mono now{kPace};
  const Terminal screen{.is_terminal = true, .colour = false, .columns = columns, .rows = 24};
  for (std::size_t i = 0; i < events.size(); ++i) {
    progress = fold(std::move(progress), events[i], now);
    now += kPace;
    if (i + 4 < events.size() && events.size() > 20) continue;
    text += "-- after event " + std::to_string(i + 1) + "\n";
    for (const std::string& line : build_picture(progress, screen, now, progress.over)) {
      text += line + "\n";
      if (progress.over) continue;  // warnings stay for good, and are not cut
      EXPECT_LT(width_of(line), static_cast<std::size_t>(columns)) << line;
    }
  }
  return text;
}

std::string plain(const std::vector<api::BuildEvent>& events) {
  std::string text;
  BuildLines lines;
  Mono now{kPace};
  for (const api::BuildEvent& event : events) {
    text += lines.take(event, now);
    now += kPace;
  }
  return text;
}

class BuildGolden : public testing::TestWithParam<std::string> {};

TEST_P(BuildGolden, IsPaintedAsItIsWritten) {
  const char* const wish = std::getenv("STACK_GOLDEN_ACCEPT");
  const bool accept = wish != nullptr && std::string_view{wish} == "1";
  const auto text = read_file(cases() / (GetParam() + ".events"));
  ASSERT_TRUE(text);
  std::vector<api::BuildEvent> events;
  std::istringstream in{*text};
  for (std::string line; std::getline(in, line);) events.push_back(api::parse_build_event(line));
  const std::string painted = "== 40 columns\n" + pictures(events, 40) + "== 100 columns\n" + pictures(events, 100) +
                              "== plain\n" + plain(events);
  const fs::path written = cases() / (GetParam() + ".painted");
  if (accept) {
    std::ofstream{written} << painted;
    GTEST_SKIP() << "written anew";
  }
  const auto wanted = read_file(written);
  ASSERT_TRUE(wanted) << "STACK_GOLDEN_ACCEPT=1 writes " << written;
  EXPECT_EQ(painted, *wanted);
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator{cases()}) {
    if (entry.path().extension() == ".events") all.push_back(entry.path().stem());
  }
  std::sort(all.begin(), all.end());
  return all;
}

INSTANTIATE_TEST_SUITE_P(Stories, BuildGolden, testing::ValuesIn(names()),
                         [](const auto& story) { return story.param; });

}  // namespace
}  // namespace stack::cli
