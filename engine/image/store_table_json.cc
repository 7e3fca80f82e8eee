#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model/reference.h"
#include "base/thrown.h"
#include "engine/image/store_table.h"

namespace stack::image {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

const std::string& digest(const std::string& text) {
  if (!model::is_digest(text)) throw Error(ErrorKind::invalid, "\"" + text.substr(0, 100) + "\" is not a digest");
  return text;
}

}  // namespace

std::string write_store_table(const StoreTable& table) {
  json images = json::object(), names = json::object(), layers = json::object();
  for (const auto& [id, image] : table.images) {
    images[id] = {{"manifest", image.manifest}};
    if (image.taken) images[id]["taken"] = true;
    if (!image.parent.empty()) images[id]["parent"] = image.parent;
  }
  for (const auto& [reference, name] : table.names) {
    names[reference] = {{"id", name.id}, {"tagged_ns", name.tagged.time_since_epoch().count()}};
  }
  for (const auto& [chain, layer] : table.layers) {
    layers[chain] = {{"blob", layer.blob}, {"blob_bytes", layer.blob_bytes}, {"bytes", layer.bytes}};
  }
  return json{{"version", kVersion}, {"images", images}, {"names", names}, {"layers", layers}, {"kept", table.kept}}
             .dump(1) +
         "\n";
}

StoreTable read_store_table(std::string_view text) {
  try {
    const json root = json::parse(text);
    if (root.at("version").get<int>() != kVersion) {
      throw Error(ErrorKind::invalid, "the table of images was written by another version of stackd")
          .remedy("install that version again, or move it away: the engine then deletes all images and their layers");
    }
    StoreTable table;
    for (const auto& [id, image] : root.at("images").items()) {
      table.images[digest(id)] = {digest(image.at("manifest").get<std::string>()), image.value("taken", false),
                                  image.value("parent", "")};
    }
    for (const auto& [reference, name] : root.at("names").items()) {
      table.names[model::parse_reference(reference).canonical()] = {
          digest(name.at("id").get<std::string>()), Wall{Nanos{name.at("tagged_ns").get<std::int64_t>()}}};
    }
    for (const auto& [chain, layer] : root.at("layers").items()) {
      table.layers[digest(chain)] = {digest(layer.at("blob").get<std::string>()),
                                     layer.at("blob_bytes").get<std::uint64_t>(),
                                     layer.at("bytes").get<std::uint64_t>()};
    }
    if (const auto kept = root.find("kept"); kept != root.end()) {
      for (const json& chain : *kept) table.kept.insert(digest(chain.get<std::string>()));
    }
    return table;
  } catch (const json::exception& e) {
    throw Error(ErrorKind::invalid, "the table of images is damaged: " + std::string{json_reason(e)});
  }
}

}  // namespace stack::image
