// Every folder under tests/golden/cli is a project and a `session`: lines that begin with "$ " are given to a shell in a
// copy of the folder, and what stands below each is what it prints, its error output included, with its exit code when
// that is not 0. STACK_GOLDEN_ACCEPT=1 writes the sessions again; such a run counts as skipped.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "base/file.h"
#include "tests/places.h"

namespace stack {
namespace {

namespace fs = std::filesystem;

fs::path cases() { return fs::path{STACK_SOURCE_DIR} / "tests/golden/cli"; }

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

struct Output {
  std::string text;
  int code = 0;
};

// `line` in `folder`, with an environment of its own.
Output run(const std::string& line, const fs::path& folder) {
  const std::string command = "cd '" + folder.string() +
                              "' && exec env -i HOME=/home/user LC_ALL=C.UTF-8 PATH='" STACK_BINARY_DIR
                              ":/usr/bin:/bin' STACK_RUN='" +
                              (folder / ".run").string() + "' STACK_ROOT='" + (folder / ".root").string() +
                              "' GIT_CONFIG_NOSYSTEM=1 XDG_CACHE_HOME='" + (folder / ".cache").string() + "' sh -c '" +
                              replaced(line, "'", "'\\''") + "' 2>&1 </dev/null";
  Output output;
  FILE* const pipe = ::popen(command.c_str(), "re");
  if (pipe == nullptr) throw std::runtime_error("cannot run a shell");
  char buffer[4096];
  for (std::size_t got = 0; (got = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.text.append(buffer, got);
  const int status = ::pclose(pipe);
  output.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output;
}

class CliGolden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "stack-cli-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    base_ = pattern;
    folder_ = base_ / GetParam();
    fs::copy(cases() / GetParam(), folder_, fs::copy_options::recursive);
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(base_, ignored);
  }

  fs::path base_, folder_;
};

TEST_P(CliGolden, SaysWhatTheSessionSays) {
  const fs::path file = cases() / GetParam() / "session";
  const std::string session = read_file(file).value_or("");
  std::string actual;
  for (std::size_t at = 0; at < session.size();) {
    const auto end = std::min(session.find('\n', at), session.size());
    const std::string line = session.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with("$ ")) continue;
    const auto output = run(line.substr(2), folder_);
    actual += line + "\n" + replaced(output.text, base_.string(), "/projects");
    if (!actual.ends_with('\n')) actual += "\n(no newline at the end)\n";
    if (output.code != 0) actual += "(exit code " + std::to_string(output.code) + ")\n";
  }
  const char* const wish = std::getenv("STACK_GOLDEN_ACCEPT");
  if (wish != nullptr && std::string_view{wish} == "1") {
    std::ofstream{file, std::ios::binary} << actual;
    GTEST_SKIP() << "session recorded";
  }
  EXPECT_FALSE(actual.empty());
  EXPECT_EQ(session, actual) << "run with STACK_GOLDEN_ACCEPT=1 when the change is meant: " << file;
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator{cases()}) {
    if (entry.is_directory()) out.push_back(entry.path().filename().string());
  }
  std::ranges::sort(out);
  return out;
}

INSTANTIATE_TEST_SUITE_P(Sessions, CliGolden, testing::ValuesIn(names()), [](const auto& one) { return one.param; });

}  // namespace
}  // namespace stack
