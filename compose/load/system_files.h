// The real files and the real standard input.
#pragma once

#include <optional>

#include "compose/load/file_source.h"

namespace stack::compose {

class SystemFiles final : public FileSource {
 public:
  FileText read(const std::string& path) override;
  FileStatus status(const std::string& path) override;
  std::string working_dir() override;
  // By the git program; blocks while it fetches.
  Fetched fetch(const RemoteReference& reference) override;

 private:
  std::optional<std::string> standard_input_;
};

}  // namespace stack::compose
