#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "base/json_depth.h"
#include "base/model/reference.h"
#include "base/thrown.h"
#include "engine/build/cache_config.h"
#include "engine/image/image_config_json.h"

namespace stack::build {
namespace {

using nlohmann::json;

constexpr const char* kInline = "moby.buildkit.cache.v0";
constexpr const char* kKey = "stack.key";  // of a step of ours

[[noreturn]] void refuse_cache(const std::string& why) {
  throw Error(ErrorKind::invalid, "the cache is damaged: " + why);
}

json parse_cache(std::string_view text) {
  if (text.size() > kCacheConfigBytesMax) refuse_cache("its description is larger than 16 MiB");
  if (nests_deeper(text)) refuse_cache("its description nests too deep");
  json root = json::parse(text, nullptr, false);
  if (root.is_discarded()) refuse_cache("its description is not JSON");
  return root;
}

std::string digest_at(const json& from, const char* name) {
  auto text = from.value(name, "");
  if (!text.empty() && !model::is_digest(text)) refuse_cache("\"" + text.substr(0, 100) + "\" is not a digest");
  return text;
}

const json& list_at(const json& from, const char* name) {
  static const json kNone = json::array();
  const auto found = from.find(name);
  if (found == from.end() || found->is_null()) return kNone;
  if (!found->is_array()) refuse_cache(std::string{name} + " is not a list");
  if (found->size() > kCacheRecordsMax)
    refuse_cache(std::string{name} + " has more than " + std::to_string(kCacheRecordsMax) + " entries");
  return *found;
}

json layer_json(const CacheConfig::Layer& layer) {
  json about{{"mediaType", layer.blob.media_type},
             {"diffID", layer.diff_id},
             {"size", layer.blob.size},
             {"createdAt", image::rfc3339(layer.created)}};
  json out{{"blob", layer.blob.digest}, {"annotations", std::move(about)}};
  // A number that is not there is 0.
  const std::int64_t below = layer.below ? static_cast<std::int64_t>(*layer.below) : -1;
  if (below != 0) out["parent"] = below;
  return out;
}

CacheConfig::Layer layer_of(const json& from) {
  CacheConfig::Layer layer;
  layer.blob.digest = digest_at(from, "blob");
  if (const auto below = from.value("parent", std::int64_t{0}); below >= 0)
    layer.below = static_cast<std::size_t>(below);
  if (const auto about = from.find("annotations"); about != from.end() && about->is_object()) {
    layer.blob.media_type = about->value("mediaType", "");
    layer.diff_id = digest_at(*about, "diffID");
    layer.blob.size = about->value("size", std::uint64_t{0});
    layer.created = image::parse_rfc3339(about->value("createdAt", ""));
  }
  return layer;
}

json steps_json(const std::vector<CacheConfig::Step>& steps) {
  json records = json::array();
  for (const CacheConfig::Step& step : steps) {
    json result{{"layer", step.layer}, {"createdAt", image::rfc3339(step.created)}};
    records.push_back({{"digest", step.definition}, {"layers", json::array({std::move(result)})}, {kKey, step.key}});
  }
  return records;
}

std::vector<CacheConfig::Step> steps_of(const json& records) {
  std::vector<CacheConfig::Step> steps;
  for (const json& record : records) {
    if (!record.is_object()) refuse_cache("a record is not an object");
    CacheConfig::Step step{.definition = digest_at(record, "digest"), .key = digest_at(record, kKey)};
    if (step.key.empty()) continue;
    const json& results = list_at(record, "layers");
    if (results.size() != 1) refuse_cache("a step has not one result");
    step.layer = results.front().value("layer", std::size_t{0});
    step.created = image::parse_rfc3339(results.front().value("createdAt", ""));
    steps.push_back(std::move(step));
  }
  return steps;
}

// A member of another type is a damage of the text.
template <class F>
auto reading(F read) {
  try {
    return read();
  } catch (const json::exception& error) {
    refuse_cache(std::string{json_reason(error)});
  }
}

}  // namespace

std::vector<std::size_t> CacheConfig::stack(std::size_t top) const {
  std::vector<std::size_t> result;
  for (std::optional<std::size_t> at = top; at; at = layers[*at].below) {
    if (*at >= layers.size() || result.size() == layers.size()) return {};
    result.push_back(*at);
  }
  std::ranges::reverse(result);
  return result;
}

std::string write_cache_config(const CacheConfig& config) {
  json layers = json::array();
  for (const CacheConfig::Layer& layer : config.layers) layers.push_back(layer_json(layer));
  const json root{{"layers", std::move(layers)}, {"records", steps_json(config.steps)}};
  return root.dump(-1, ' ', false, json::error_handler_t::replace);
}

CacheConfig read_cache_config(std::string_view text) {
  const json root = parse_cache(text);
  if (!root.is_object()) refuse_cache("its description is not an object");
  return reading([&] {
    CacheConfig config{.layers = {}, .steps = steps_of(list_at(root, "records"))};
    for (const json& layer : list_at(root, "layers")) {
      if (!layer.is_object()) refuse_cache("a layer is not an object");
      config.layers.push_back(layer_of(layer));
    }
    return config;
  });
}

std::string add_inline_cache(const std::string& image_config, const std::vector<CacheConfig::Step>& steps) {
  json root = json::parse(image_config);
  root[kInline] = encode_base64(steps_json(steps).dump(-1, ' ', false, json::error_handler_t::replace));
  return root.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<CacheConfig> read_inline_cache(std::string_view image_config,
                                             const std::vector<image::Descriptor>& blobs) {
  const json root = parse_cache(image_config);
  if (!root.is_object()) refuse_cache("the image's configuration is not an object");
  return reading([&]() -> std::optional<CacheConfig> {
    const auto carried = root.find(kInline);
    if (carried == root.end()) return std::nullopt;
    const auto text = decode_base64(carried->get<std::string>());
    if (!text) refuse_cache("what the image carries is not base64");
    const json records = parse_cache(*text);
    if (!records.is_array() || records.size() > kCacheRecordsMax) refuse_cache("what the image carries is not a list");
    const std::vector<std::string> diff_ids = image::read_config_blob(image_config).layers;
    if (diff_ids.size() != blobs.size()) refuse_cache("the image's manifest has another number of layers");
    CacheConfig config{.layers = {}, .steps = steps_of(records)};
    for (std::size_t i = 0; i < blobs.size(); ++i) {
      CacheConfig::Layer layer{.blob = blobs[i], .diff_id = diff_ids[i]};
      if (i > 0) layer.below = i - 1;
      config.layers.push_back(std::move(layer));
    }
    return config;
  });
}

}  // namespace stack::build
