// A whole Compose file: loading never crashes or throws; a project that loads prints as a file that loads as the same
// project, and survives its JSON form; each of its values can be explained, and lint has its say.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "compose/check/project_lint.h"
#include "compose/load/loader.h"
#include "compose/model/project_json.h"
#include "compose/print/config_output.h"
#include "compose/output/explain.h"
#include "compose/source/diagnostic_list.h"

namespace {

using namespace stack::compose;

class OneFile final : public FileSource {
 public:
  explicit OneFile(std::string text) : text_(std::move(text)) {}
  FileText read(const std::string& path) override {
    if (path != "/p/compose.yaml") return {};
    return {FileStatus::ok, text_, {}};
  }
  FileStatus status(const std::string& path) override {
    return path == "/p/compose.yaml" ? FileStatus::ok : FileStatus::missing;
  }
  std::string working_dir() override { return "/p"; }

 private:
  std::string text_;
};

[[noreturn]] void fail(const char* what, const std::string& text) {
  std::fprintf(stderr, "%s:\n%s\n", what, text.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  OneFile files{std::string{reinterpret_cast<const char*>(data), size}};
  const Variables environment{{"HOME", "/h"}, {"A", "a"}};
  const auto result = load_project({.all_resources = true, .effects = true, .latent = true}, files, environment);
  (void)render(result.diagnostics);
  (void)diagnostics_json(result.diagnostics, [&](const std::string&) { return files.read("/p/compose.yaml").text; });
  (void)load_project({.interpolate = false}, files, environment);
  if (!result.project) return 0;
  (void)lint(*result.project, result.tree, {});
  for (const auto& it : explain(result, "services")) {
    if (it.steps.empty()) fail("no explanation", it.path);
  }
  if (!(from_wire_json(to_wire_json(*result.project)) == *result.project))
    fail("JSON form", to_wire_json(*result.project));
  for (const auto& [name, service] : result.project->services) (void)service_hash(service, *result.project);
  const std::string printed = config_yaml(*result.project);
  OneFile again{printed};
  const auto second = load_project({.all_resources = true}, again, environment);
  if (!second.project) fail(render(second.diagnostics).c_str(), printed);
  if (config_yaml(*second.project) != printed)
    fail("prints differently", printed + "---\n" + config_yaml(*second.project));
  return 0;
}
