#include "engine/image/manifest_json.h"

#include <limits>
#include <set>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_depth.h"
#include "base/model/reference.h"

namespace stack::image {
namespace {

using nlohmann::json;

[[noreturn]] void refuse_manifest(const std::string& why) {
  throw Error(ErrorKind::invalid, "the manifest is not valid: " + why);
}

std::string text_or_refuse(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string()) refuse_manifest(std::string{name} + " is not text");
  return found->get<std::string>();
}

std::map<std::string, std::string> annotations_of(const json& object) {
  std::map<std::string, std::string> result;
  const auto found = object.find("annotations");
  if (found == object.end() || found->is_null()) return result;
  if (!found->is_object()) refuse_manifest("annotations is not an object");
  for (const auto& [name, value] : found->items()) {
    if (!value.is_string()) refuse_manifest("the annotation " + name + " is not text");
    result[name] = value.get<std::string>();
  }
  return result;
}

Descriptor descriptor_of(const json& object, const char* what) {
  if (!object.is_object()) refuse_manifest(std::string{what} + " is not an object");
  Descriptor d;
  d.media_type = text_or_refuse(object, "mediaType");
  d.digest = text_or_refuse(object, "digest");
  d.artifact_type = text_or_refuse(object, "artifactType");
  if (!model::is_digest(d.digest))
    refuse_manifest(std::string{what} + " has the unusable digest \"" + d.digest.substr(0, 100) + "\"");
  const auto size = object.find("size");
  if (size == object.end() || !size->is_number_integer() || size->get<std::int64_t>() < 0 ||
      (size->is_number_unsigned() &&
       size->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))) {
    refuse_manifest(std::string{what} + " has no size");
  }
  d.size = size->get<std::uint64_t>();
  d.annotations = annotations_of(object);
  if (const auto urls = object.find("urls"); urls != object.end() && urls->is_array()) {
    for (const json& url : *urls) {
      if (url.is_string()) d.urls.push_back(url.get<std::string>());
    }
  }
  if (const auto platform = object.find("platform"); platform != object.end() && platform->is_object()) {
    d.platform = Platform{text_or_refuse(*platform, "os"), text_or_refuse(*platform, "architecture"),
                          text_or_refuse(*platform, "variant")};
  }
  return d;
}

const json& list_of(const json& object, const char* name, std::size_t most) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) refuse_manifest(std::string{name} + " is missing");
  if (found->size() > most) refuse_manifest(std::string{name} + " has more than " + std::to_string(most) + " entries");
  return *found;
}

json descriptor_json(const Descriptor& d) {
  json out{{"mediaType", d.media_type}, {"digest", d.digest}, {"size", d.size}};
  if (d.platform) {
    json platform{{"architecture", d.platform->architecture}, {"os", d.platform->os}};
    if (!d.platform->variant.empty()) platform["variant"] = d.platform->variant;
    out["platform"] = platform;
  }
  if (!d.artifact_type.empty()) out["artifactType"] = d.artifact_type;
  if (!d.annotations.empty()) out["annotations"] = d.annotations;
  if (!d.urls.empty()) out["urls"] = d.urls;
  return out;
}

Manifest manifest_of(const json& root, std::string type) {
  Manifest m;
  m.media_type = std::move(type);
  m.artifact_type = text_or_refuse(root, "artifactType");
  const auto config = root.find("config");
  if (config == root.end()) refuse_manifest("config is missing");
  m.config = descriptor_of(*config, "config");
  for (const json& layer : list_of(root, "layers", kLayersMax)) m.layers.push_back(descriptor_of(layer, "a layer"));
  m.annotations = annotations_of(root);
  return m;
}

}  // namespace

std::variant<Manifest, Index> parse_manifest(std::string_view text, std::string_view content_type) {
  if (text.size() > kManifestBytesMax) refuse_manifest("it is larger than 4 MiB");
  if (nests_deeper(text)) refuse_manifest("it nests too deep");
  const json root = json::parse(text, nullptr, false);
  if (!root.is_object()) refuse_manifest("it is not a JSON object");
  std::string said{content_type.substr(0, content_type.find(';'))};
  while (!said.empty() && said.back() == ' ') said.pop_back();
  const std::string own = text_or_refuse(root, "mediaType");
  static const std::set<std::string> kManifests{kOciManifest, kDockerManifest}, kIndexes{kOciIndex, kDockerList};
  const auto known = [](const std::string& type) { return kManifests.contains(type) || kIndexes.contains(type); };
  if (root.contains("fsLayers") || root.value("schemaVersion", json{}) == 1) {
    throw Error(ErrorKind::unsupported,
                "the image has the format of Docker's schema 1, which registries gave up in 2017")
        .remedy("push it again with a newer program");
  }
  if (known(own) && known(said) && own != said)
    refuse_manifest("it says to be " + own + " and the registry calls it " + said);
  std::string type = known(own) ? own : known(said) ? said : "";
  // Something that is both could be read one way by us and another way by who verified it.
  if (root.contains("manifests") && (root.contains("layers") || root.contains("config"))) {
    refuse_manifest("it is a manifest and an index at once");
  }
  if (type.empty()) type = root.contains("manifests") ? kOciIndex : kOciManifest;
  if (kManifests.contains(type)) return manifest_of(root, type);
  Index index{.media_type = type};
  for (const json& entry : list_of(root, "manifests", kManifestsMax)) {
    index.manifests.push_back(descriptor_of(entry, "an entry"));
  }
  if (const auto subject = root.find("subject"); subject != root.end() && !subject->is_null()) {
    index.subject = descriptor_of(*subject, "subject");
  }
  index.annotations = annotations_of(root);
  return index;
}

std::string write_manifest(const Manifest& m) {
  json out{{"schemaVersion", 2}, {"mediaType", m.media_type}, {"config", descriptor_json(m.config)}};
  json layers = json::array();
  for (const Descriptor& layer : m.layers) layers.push_back(descriptor_json(layer));
  out["layers"] = layers;
  if (!m.artifact_type.empty()) out["artifactType"] = m.artifact_type;
  if (!m.annotations.empty()) out["annotations"] = m.annotations;
  return out.dump();
}

std::string write_index(const Index& index) {
  json out{{"schemaVersion", 2}, {"mediaType", index.media_type}, {"manifests", json::array()}};
  for (const Descriptor& entry : index.manifests) out["manifests"].push_back(descriptor_json(entry));
  if (index.subject) out["subject"] = descriptor_json(*index.subject);
  if (!index.annotations.empty()) out["annotations"] = index.annotations;
  return out.dump();
}

}  // namespace stack::image
