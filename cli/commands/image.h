// `stack image import` and `stack image ls`.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct ImageImportFlags {
  std::string file, reference, message;
  std::vector<std::string> changes;
};
// Prints the image's id.
int image_import(Session& session, const ImageImportFlags& flags);

struct ImageLsFlags {
  bool quiet = false, no_trunc = false;
  std::string format = "table";
};
int image_ls(Session& session, const ImageLsFlags& flags);

}  // namespace stack::cli
