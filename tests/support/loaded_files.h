// Compose files in a map, loaded: what tests of the loader have in common.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "compose/load/loader.h"

namespace stack::compose {

class MapFiles final : public FileSource {
 public:
  std::map<std::string, std::string> files;
  std::set<std::string> unreadable;
  std::string cwd = "/p";
  int reads = 0;

  FileText read(const std::string& path) override {
    ++reads;
    if (unreadable.contains(path)) return {FileStatus::unreadable, {}, "permission denied"};
    const auto found = files.find(path);
    if (found != files.end()) return {FileStatus::ok, found->second, {}};
    return {status(path), {}, {}};
  }
  FileStatus status(const std::string& path) override {
    if (unreadable.contains(path)) return FileStatus::unreadable;
    if (files.contains(path)) return FileStatus::ok;
    const auto next = files.lower_bound(path + "/");
    return next != files.end() && next->first.starts_with(path + "/") ? FileStatus::folder : FileStatus::missing;
  }
  std::string working_dir() override { return cwd; }
};

struct Load : testing::Test {
  MapFiles files;
  LoadOptions options;
  Variables environment;

  LoadResult load() { return load_project(options, files, environment); }
  LoadResult load(std::string text) {
    files.files["/p/compose.yaml"] = std::move(text);
    return load();
  }
  // The service "a" of a file that holds only it.
  Service service(const std::string& body) {
    auto result = load("services:\n  a:\n    image: x\n    " + body + "\nvolumes: {data: }\n");
    EXPECT_TRUE(result.project.has_value()) << render(result.diagnostics);
    return result.project ? result.project->services.at("a") : Service{};
  }
  std::string problems(std::string text) { return render(load(std::move(text)).diagnostics); }
};

}  // namespace stack::compose
