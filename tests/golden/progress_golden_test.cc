// Every .reports file under tests/golden/progress is what an engine reported, a line each 250 ms; beside it stands what the painters make
// of it: the pictures of terminals of 40 and 100 columns after each report, the plain lines, and those for programs. STACK_GOLDEN_ACCEPT=1
// writes that anew; such a run counts as skipped.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/file.h"
#include "cli/view/progress_lines.h"
#include "cli/view/progress_painter.h"
#include "engine/api/report_json.h"
#include "tests/places.h"

namespace stack::cli {
namespace {

namespace fs = std::filesystem;

fs::path cases() { return fs::path{STACK_SOURCE_DIR} / "tests/golden/progress"; }

std::string pictures(const std::vector<api::Report>& reports, int columns) {
  std::string text;
  Progress progress{.project = "shop", .resources = {}};
  Mono now{};
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto* event = std::get_if<model::ProgressEvent>(&reports[i]);
    if (event == nullptr) continue;
    progress = fold(std::move(progress), *event, now);
    now += std::chrono::milliseconds{250};
    text += "-- after report " + std::to_string(i + 1) + "\n";
    const Terminal screen{.is_terminal = true, .colour = false, .columns = columns, .rows = 24};
    for (const std::string& line : picture(progress, screen, now, i + 1 == reports.size())) text += line + "\n";
  }
  return text;
}

template <class Paint>
std::string lines(const std::vector<api::Report>& reports, Paint paint) {
  std::string text;
  for (const api::Report& report : reports) text += paint(report);
  return text;
}

class ProgressGolden : public testing::TestWithParam<std::string> {};

TEST_P(ProgressGolden, IsPaintedAsItIsWritten) {
  const char* const wish = std::getenv("STACK_GOLDEN_ACCEPT");
  const bool accept = wish != nullptr && std::string_view{wish} == "1";
  const auto text = read_file(cases() / (GetParam() + ".reports"));
  ASSERT_TRUE(text);
  std::vector<api::Report> reports;
  std::istringstream in{*text};
  for (std::string line; std::getline(in, line);) reports.push_back(api::parse_report(line));
  const std::string painted = "== 40 columns\n" + pictures(reports, 40) + "== 100 columns\n" + pictures(reports, 100) +
                              "== plain\n" + lines(reports, plain_line) + "== json\n" + lines(reports, json_line);
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
    if (entry.path().extension() == ".reports") all.push_back(entry.path().stem());
  }
  std::sort(all.begin(), all.end());
  return all;
}

INSTANTIATE_TEST_SUITE_P(Stories, ProgressGolden, testing::ValuesIn(names()),
                         [](const auto& story) { return story.param; });

}  // namespace
}  // namespace stack::cli
