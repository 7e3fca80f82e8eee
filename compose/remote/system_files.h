// The real files and the real standard input.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "compose/remote/file_source.h"

namespace stack::compose {

class SystemFiles final : public FileSource {
 public:
  // `from_registry` brings the project of an oci:// reference (without the scheme) here and gives its folder; throws stack::Error.
  using FromRegistry = std::function<std::string(const std::string& reference)>;
  explicit SystemFiles(FromRegistry from_registry = {}) : from_registry_(std::move(from_registry)) {}

  FileText read(const std::string& path) override;
  FileStatus status(const std::string& path) override;
  std::string working_dir() override;
  std::string real_path(const std::string& path) override;
  // By the git program, or from a registry; blocks while it fetches.
  Fetched fetch(const RemoteReference& reference) override;

 private:
  FileText read_at(const std::string& path);

  FromRegistry from_registry_;
  std::optional<std::string> standard_input_;
  std::map<std::string, FileText> pipes_;  // by path: they give their content once, and some files are read twice
};

}  // namespace stack::compose
