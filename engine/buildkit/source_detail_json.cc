#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "engine/buildkit/build_failure.h"

namespace stack::buildkit {

std::string source_detail_json(const std::string& file, const std::string& text, int first_line, int last_line) {
  const nlohmann::json value{{"info", {{"filename", file}, {"data", encode_base64(text)}, {"language", "Dockerfile"}}},
                             {"ranges", {{{"start", {{"line", first_line}}}, {"end", {{"line", last_line}}}}}}};
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace stack::buildkit
