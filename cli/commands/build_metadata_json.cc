#include <nlohmann/json.hpp>

#include "cli/commands/build_results.h"

namespace stack::cli {

std::string build_metadata_json(const api::BuildDone& done) {
  nlohmann::json value{{"containerimage.config.digest", done.image_id}, {"containerimage.digest", done.image_id}};
  std::string names;
  for (const std::string& tag : done.tags) names += (names.empty() ? "" : ",") + tag;
  if (!names.empty()) value["image.name"] = names;
  return value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace stack::cli
