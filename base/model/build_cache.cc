#include "base/model/build_cache.h"

#include "base/error.h"
#include "base/model/reference.h"
#include "base/truth.h"

namespace stack::model {
namespace {

using Attributes = std::map<std::string, std::string>;

Error invalid_cache(const std::string& what) { return {ErrorKind::invalid, "the cache " + what}; }

std::string take(Attributes& from, const std::string& name) {
  auto node = from.extract(name);
  return node ? std::move(node.mapped()) : std::string{};
}

bool take_truth(Attributes& from, const std::string& name, bool unset) {
  const std::string text = take(from, name);
  if (text.empty()) return unset;
  const auto value = parse_truth(text);
  if (!value) throw invalid_cache("has " + name + "=" + text + ": use true or false");
  return *value;
}

void expect_nothing_else(const Attributes& rest, const std::string& type) {
  if (!rest.empty()) throw invalid_cache("of type " + type + " has the unknown key \"" + rest.begin()->first + "\"");
}

std::string take_reference(Attributes& from) {
  const std::string text = take(from, "ref");
  if (text.empty()) throw invalid_cache("of type registry has no ref").remedy("add ref=REGISTRY/NAME:TAG");
  static_cast<void>(parse_reference(text));
  return text;
}

std::string take_folder(Attributes& from, const std::string& name) {
  const std::string path = take(from, name);
  if (path.empty()) throw invalid_cache("of type local has no " + name).remedy("add " + name + "=FOLDER");
  return path;
}

[[noreturn]] void refuse_type(const std::string& type) {
  if (type == "gha" || type == "s3" || type == "azblob")
    throw Error(ErrorKind::unsupported, "the cache type " + type + " is not supported")
        .remedy("use type=registry,ref=REFERENCE or type=local");
  throw invalid_cache("has the unknown type \"" + type + "\"").remedy("use registry, local or inline");
}

// Layers go as the store has them.
void refuse_compression(Attributes& from) {
  for (const char* name : {"compression", "compression-level", "force-compression"}) {
    const std::string value = take(from, name);
    if (value.empty() || value == "false") continue;
    throw Error(ErrorKind::unsupported,
                "the cache has " + std::string{name} + "=" + value + ": layers are exported as they are stored")
        .remedy("leave it out");
  }
}

void take_form(Attributes& from, CacheExport& to) {
  const std::string mode = take(from, "mode");
  if (!mode.empty() && mode != "min" && mode != "max")
    throw invalid_cache("has the unknown mode \"" + mode + "\"").remedy("use min or max");
  to.all_steps = mode == "max";
  to.docker_types = !take_truth(from, "oci-mediatypes", true);
  to.as_index = !take_truth(from, "image-manifest", !to.docker_types);
  if (to.docker_types && !to.as_index)
    throw invalid_cache("has image-manifest=true and oci-mediatypes=false").remedy("leave one of them out");
  to.may_fail = take_truth(from, "ignore-error", false);
  refuse_compression(from);
}

std::string take_type(Attributes& from) {
  std::string type = take(from, "type");
  return type.empty() && from.contains("ref") ? "registry" : type;
}

}  // namespace

CachePlace cache_source(Attributes attributes) {
  const std::string type = take_type(attributes);
  CachePlace place;
  if (type == "registry") {
    place.reference = take_reference(attributes);
  } else if (type == "local") {
    place.folder = take_folder(attributes, "src");
    if (std::string name = take(attributes, "tag"); !name.empty()) place.name = std::move(name);
    place.digest = take(attributes, "digest");
    if (!place.digest.empty() && !is_digest(place.digest))
      throw invalid_cache("has digest=" + place.digest + ", which is not a digest");
  } else {
    if (type == "inline")
      throw invalid_cache("to read from is an image: the type inline is for exports")
          .remedy("use type=registry,ref=IMAGE");
    refuse_type(type);
  }
  expect_nothing_else(attributes, type);
  return place;
}

CacheExport cache_target(Attributes attributes) {
  const std::string type = take_type(attributes);
  CacheExport target;
  if (type == "registry") {
    target.place.reference = take_reference(attributes);
    if (!parse_reference(target.place.reference).digest.empty())
      throw invalid_cache("has a ref with a digest").remedy("name a tag");
    take_form(attributes, target);
  } else if (type == "local") {
    target.place.folder = take_folder(attributes, "dest");
    if (std::string name = take(attributes, "tag"); !name.empty()) target.place.name = std::move(name);
    take_form(attributes, target);
  } else if (type == "inline") {
    target.in_image = true;
    if (const std::string mode = take(attributes, "mode"); !mode.empty() && mode != "min")
      throw invalid_cache("of type inline has mode=" + mode + ": an image carries its own steps only")
          .remedy("use type=registry for all steps");
    refuse_compression(attributes);
  } else {
    refuse_type(type);
  }
  expect_nothing_else(attributes, type);
  return target;
}

std::string cache_source_text(const CachePlace& place) {
  if (place.folder.empty()) return "type=registry,ref=" + place.reference;
  return "type=local,src=" + place.folder + (place.name == CachePlace{}.name ? "" : ",tag=" + place.name) +
         (place.digest.empty() ? "" : ",digest=" + place.digest);
}

std::string cache_target_text(const CacheExport& target) {
  if (target.in_image) return "type=inline";
  std::string text = target.place.folder.empty() ? "type=registry,ref=" + target.place.reference
                                                 : "type=local,dest=" + target.place.folder;
  if (target.place.name != CachePlace{}.name) text += ",tag=" + target.place.name;
  if (target.all_steps) text += ",mode=max";
  if (target.docker_types) text += ",oci-mediatypes=false";
  if (target.as_index && !target.docker_types) text += ",image-manifest=false";
  if (target.may_fail) text += ",ignore-error=true";
  return text;
}

}  // namespace stack::model
