#include "base/model/build_spec_json.h"

#include <concepts>
#include <optional>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"

namespace stack::model {
namespace {

using nlohmann::json;

json value_of(const BuildSource& source) {
  struct SpecWriter {
    json operator()(const BuildFolder& it) const { return {{"folder", it.path}}; }
    json operator()(const BuildArchive&) const { return {{"archive", true}}; }
    json operator()(const BuildGit& it) const { return {{"git", it.url}}; }
    json operator()(const BuildUrl& it) const { return {{"url", it.url}}; }
    json operator()(const BuildImage& it) const { return {{"image", it.reference}}; }
    json operator()(const BuildStage& it) const { return {{"stage", it.image_id}}; }
  };
  return std::visit(SpecWriter{}, source);
}

BuildSource source_of(const json& value) {
  if (value.contains("folder")) return BuildFolder{value.at("folder").get<std::string>()};
  if (value.contains("archive")) return BuildArchive{};
  if (value.contains("git")) return BuildGit{value.at("git").get<std::string>()};
  if (value.contains("url")) return BuildUrl{value.at("url").get<std::string>()};
  if (value.contains("image")) return BuildImage{value.at("image").get<std::string>()};
  if (value.contains("stage")) return BuildStage{value.at("stage").get<std::string>()};
  throw Error(ErrorKind::invalid, "a build context of an unknown kind");
}

json value_of(const Ulimit& limit) { return {{"soft", limit.soft}, {"hard", limit.hard}}; }
void read(const json& value, Ulimit& limit) {
  value.at("soft").get_to(limit.soft);
  value.at("hard").get_to(limit.hard);
}

// Any bytes.
json value_of(const BuildSecret& secret) { return {{"id", secret.id}, {"content", encode_base64(secret.content)}}; }
void read(const json& value, BuildSecret& secret) {
  value.at("id").get_to(secret.id);
  auto content = decode_base64(value.at("content").get<std::string>());
  if (!content) throw Error(ErrorKind::invalid, "the secret " + secret.id + " is not base64");
  secret.content = std::move(*content);
}

json value_of(const BuildSsh& ssh) { return {{"id", ssh.id}, {"socket", ssh.socket}}; }
void read(const json& value, BuildSsh& ssh) {
  value.at("id").get_to(ssh.id);
  value.at("socket").get_to(ssh.socket);
}

json value_of(const CachePlace& place) {
  return {{"reference", place.reference}, {"folder", place.folder}, {"name", place.name}, {"digest", place.digest}};
}
void read(const json& value, CachePlace& place) {
  // What the API has of Docker's: a reference.
  if (value.is_string()) return static_cast<void>(place.reference = value.get<std::string>());
  place.reference = value.value("reference", "");
  place.folder = value.value("folder", "");
  place.name = value.value("name", place.name);
  place.digest = value.value("digest", "");
}

json value_of(const CacheExport& target) {
  return {{"in_image", target.in_image},         {"place", value_of(target.place)}, {"all_steps", target.all_steps},
          {"docker_types", target.docker_types}, {"as_index", target.as_index},     {"may_fail", target.may_fail}};
}
void read(const json& value, CacheExport& target) {
  target.in_image = value.value("in_image", false);
  if (const auto place = value.find("place"); place != value.end()) read(*place, target.place);
  target.all_steps = value.value("all_steps", false);
  target.docker_types = value.value("docker_types", false);
  target.as_index = value.value("as_index", false);
  target.may_fail = value.value("may_fail", false);
}

void read(const json& value, BuildSource& source) { source = source_of(value); }

template <class T>
concept Plain = std::same_as<T, std::string> || std::is_arithmetic_v<T>;

template <Plain T>
json value_of(const T& value) {
  return value;
}
template <Plain T>
void read(const json& value, T& to) {
  value.get_to(to);
}

json value_of(BuildOutput output) { return output == BuildOutput::nothing ? "nothing" : "image"; }
void read(const json& value, BuildOutput& output) {
  const auto word = value.get<std::string>();
  if (word != "image" && word != "nothing") throw Error(ErrorKind::invalid, "unknown output \"" + word + "\"");
  output = word == "nothing" ? BuildOutput::nothing : BuildOutput::image;
}

template <class T>
json value_of(const std::vector<T>& list) {
  json array = json::array();
  for (const T& each : list) array.push_back(value_of(each));
  return array;
}
template <class T>
void read(const json& value, std::vector<T>& list) {
  for (const json& each : value.get_ref<const json::array_t&>()) read(each, list.emplace_back());
}

template <class T>
json value_of(const std::map<std::string, T>& map) {
  json object = json::object();
  for (const auto& [key, each] : map) object[key] = value_of(each);
  return object;
}
template <class T>
void read(const json& value, std::map<std::string, T>& map) {
  for (const auto& [key, each] : value.get_ref<const json::object_t&>()) read(each, map[key]);
}

template <class T>
json value_of(const std::optional<T>& value) {
  return value ? value_of(*value) : json{};
}
template <class T>
void read(const json& value, std::optional<T>& to) {
  if (!value.is_null()) read(value, to.emplace());
}

// A member is written when it differs from its default, and read when it is there: the two directions of one table.
struct SpecWriter {
  json& out;
  template <class T>
  void operator()(const char* name, const T& value, const T& unset) const {
    if (!(value == unset)) out[name] = value_of(value);
  }
};
struct SpecReader {
  const json& in;
  template <class T>
  void operator()(const char* name, T& value, const T&) const {
    if (const auto found = in.find(name); found != in.end()) read(*found, value);
  }
};

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, BuildSpec> {
  const BuildSpec d;
  io("context", v.context, d.context);
  io("named_contexts", v.named_contexts, d.named_contexts);
  io("dockerfile", v.dockerfile, d.dockerfile);
  io("dockerfile_text", v.dockerfile_text, d.dockerfile_text);
  io("target", v.target, d.target);
  io("args", v.args, d.args);
  io("proxies", v.proxies, d.proxies);
  io("tags", v.tags, d.tags);
  io("labels", v.labels, d.labels);
  io("platforms", v.platforms, d.platforms);
  io("no_cache", v.no_cache, d.no_cache);
  io("no_cache_stages", v.no_cache_stages, d.no_cache_stages);
  io("pull", v.pull, d.pull);
  io("cache_images", v.cache_images, d.cache_images);
  io("cache_from", v.cache_from, d.cache_from);
  io("cache_to", v.cache_to, d.cache_to);
  io("network", v.network, d.network);
  io("extra_hosts", v.extra_hosts, d.extra_hosts);
  io("shm_size", v.shm_size, d.shm_size);
  io("ulimits", v.ulimits, d.ulimits);
  io("privileged", v.privileged, d.privileged);
  io("entitlements", v.entitlements, d.entitlements);
  io("secrets", v.secrets, d.secrets);
  io("ssh", v.ssh, d.ssh);
  io("source_date_epoch", v.source_date_epoch, d.source_date_epoch);
  io("output", v.output, d.output);
  io("builder_of", v.builder_of, d.builder_of);
}

}  // namespace

void to_json(json& json, const BuildSpec& value) {
  json = nlohmann::json::object();
  members(SpecWriter{json}, value);
}

void from_json(const json& json, BuildSpec& value) {
  value = {};
  static_cast<void>(json.get_ref<const nlohmann::json::object_t&>());  // another shape throws
  members(SpecReader{json}, value);
}

void to_json(json& json, const ProjectBuild& value) {
  json = {{"services", value.services}, {"reference", value.reference}, {"needs", value.needs}, {"spec", value.spec}};
}

void from_json(const json& json, ProjectBuild& value) {
  json.at("services").get_to(value.services);
  json.at("reference").get_to(value.reference);
  json.at("needs").get_to(value.needs);
  json.at("spec").get_to(value.spec);
}

}  // namespace stack::model
