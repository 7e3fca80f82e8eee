// Every folder under tests/golden/compose is a project as a user has it, and what loading it gives: expected.yaml and
// expected.json (what `config` prints), expected.diagnostics. STACK_GOLDEN_ACCEPT=1 writes them again; such a run counts
// as skipped.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/file.h"
#include "compose/check/warning_names.h"
#include "compose/load/loader.h"
#include "compose/model/project_json.h"
#include "compose/print/config_output.h"
#include "tests/places.h"

namespace stack::compose {
namespace {

namespace fs = std::filesystem;

fs::path cases() { return fs::path{STACK_SOURCE_DIR} / "tests/golden/compose"; }

// The case's folder, seen at a place that is the same on every machine.
class CaseFiles final : public FileSource {
 public:
  explicit CaseFiles(const std::string& name) : folder_(cases() / name), seen_at_("/projects/" + name) {}

  FileText read(const std::string& path) override {
    const auto now = status(path);
    if (now != FileStatus::ok) return {now, {}, {}};
    return {FileStatus::ok, read_file(real(path)).value_or(""), {}};
  }
  FileStatus status(const std::string& path) override {
    if (!path.starts_with(seen_at_ + "/")) return FileStatus::missing;
    const auto found = fs::status(real(path));
    return fs::is_directory(found) ? FileStatus::folder : fs::exists(found) ? FileStatus::ok : FileStatus::missing;
  }
  std::string working_dir() override { return seen_at_; }

 private:
  [[nodiscard]] fs::path real(const std::string& path) const { return folder_ / path.substr(seen_at_.size() + 1); }
  fs::path folder_;
  std::string seen_at_;
};

void expect_golden(const fs::path& file, const std::string& actual, bool accept) {
  if (!accept) {
    EXPECT_EQ(read_file(file).value_or(""), actual)
        << "run with STACK_GOLDEN_ACCEPT=1 when the change is meant: " << file;
  } else if (actual.empty()) {
    fs::remove(file);
  } else {
    std::ofstream{file, std::ios::binary} << actual;
  }
}

class ComposeGolden : public testing::TestWithParam<std::string> {};

TEST_P(ComposeGolden, LoadsAsExpected) {
  const char* const wish = std::getenv("STACK_GOLDEN_ACCEPT");
  const bool accept = wish != nullptr && std::string_view{wish} == "1";
  CaseFiles files{GetParam()};
  const auto result = load_project({}, files, {{"HOME", "/home/user"}});
  const fs::path folder = cases() / GetParam();
  expect_golden(folder / "expected.diagnostics", render(result.diagnostics), accept);
  expect_golden(folder / "expected.yaml", result.project ? config_yaml(*result.project) : "", accept);
  expect_golden(folder / "expected.json", result.project ? config_json(*result.project) : "", accept);
  EXPECT_EQ(result.project.has_value(), !has_errors(result.diagnostics));
  for (const auto& it : result.diagnostics) {
    EXPECT_TRUE(it.severity == Severity::error ||
                std::ranges::find(kWarnings, it.code, &WarningName::name) != std::end(kWarnings))
        << it.code << " can be switched off by no name";
  }
  if (result.project) {
    EXPECT_EQ(from_wire_json(to_wire_json(*result.project)), *result.project);
  }
  if (accept) GTEST_SKIP() << "expected output recorded";
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator{cases()}) {
    if (entry.is_directory()) out.push_back(entry.path().filename().string());
  }
  std::ranges::sort(out);
  return out;
}

INSTANTIATE_TEST_SUITE_P(Projects, ComposeGolden, testing::ValuesIn(names()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace stack::compose
