#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_depth.h"
#include "base/thrown.h"
#include "engine/image/archive/archive_list.h"
#include "engine/image/manifest.h"

namespace stack::image {

using nlohmann::json;

std::vector<ArchivedImage> parse_archive_list(std::string_view text) {
  if (nests_deeper(text))
    throw Error(ErrorKind::invalid, "the archive's manifest.json is malformed: it nests too deep");
  try {
    std::vector<ArchivedImage> images;
    for (const json& item : json::parse(text)) {
      ArchivedImage& image = images.emplace_back();
      image.config = item.at("Config").get<std::string>();
      if (const auto names = item.find("RepoTags"); names != item.end() && names->is_array())
        names->get_to(image.names);
      item.at("Layers").get_to(image.layers);
      if (image.layers.size() > kLayersMax)
        throw Error(ErrorKind::invalid, "manifest.json has an image with too many layers");
    }
    return images;
  } catch (const json::exception& e) {
    throw Error(ErrorKind::invalid, "the archive's manifest.json is malformed: " + std::string{json_reason(e)});
  }
}

std::string write_archive_list(const std::vector<ArchivedImage>& images) {
  json list = json::array();
  for (const ArchivedImage& image : images) {
    list.push_back({{"Config", image.config},
                    {"RepoTags", image.names.empty() ? json(nullptr) : json(image.names)},
                    {"Layers", image.layers}});
  }
  return list.dump();
}

std::string write_archive_names(const std::vector<ArchivedImage>& images) {
  json repositories = json::object();
  for (const ArchivedImage& image : images) {
    if (image.layers.empty()) continue;
    const std::string& top = image.layers.back();
    for (const std::string& name : image.names) {
      const std::size_t colon = name.rfind(':');
      repositories[name.substr(0, colon)][name.substr(colon + 1)] = top.substr(top.rfind('/') + 1);
    }
  }
  return repositories.empty() ? "" : repositories.dump() + "\n";
}

}  // namespace stack::image
