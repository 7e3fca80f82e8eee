#include "compose/model/project_json.h"

#include <cmath>
#include <cstdlib>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "base/error.h"
#include "compose/model/fields.h"
#include "compose/model/own_keys.h"

namespace stack::compose {
namespace {

using nlohmann::json;

// What is written: everything, or what a hash is taken of (no extensions, no ways of writing).
enum class Form { wire, hash };

template <class T>
json encode(const T& value, Form form);
template <class T>
void decode(const json& in, T& value);

template <class T>
struct Codec {
  static json to(const T& value, Form) { return value; }
  static void from(const json& in, T& value) { in.get_to(value); }
};
// JSON has no infinity and nothing that is no number: these are texts.
template <>
struct Codec<double> {
  static json to(const double& value, Form) { return std::isfinite(value) ? json(value) : json(std::to_string(value)); }
  static void from(const json& in, double& value) {
    value = in.is_string() ? std::strtod(in.get_ref<const std::string&>().c_str(), nullptr) : in.get<double>();
  }
};
template <>
struct Codec<Nanos> {
  static json to(const Nanos& value, Form) { return value.count(); }
  static void from(const json& in, Nanos& value) { value = Nanos{in.get<std::int64_t>()}; }
};
template <>
struct Codec<Bytes> {
  static json to(const Bytes& value, Form) { return value.value; }
  static void from(const json& in, Bytes& value) { in.get_to(value.value); }
};
template <>
struct Codec<FileMode> {
  static json to(const FileMode& value, Form) { return value.value; }
  static void from(const json& in, FileMode& value) { in.get_to(value.value); }
};
template <>
struct Codec<DependencyCondition> {
  static json to(const DependencyCondition& value, Form) { return to_text(value); }
  static void from(const json& in, DependencyCondition& value) {
    const auto parsed = parse_condition(in.get_ref<const std::string&>());
    if (!parsed) throw Error(ErrorKind::invalid, "unknown dependency condition in a project's JSON form");
    value = *parsed;
  }
};
template <>
struct Codec<Ulimit> {
  static json to(const Ulimit& value, Form form) {
    json out{{"soft", value.soft}, {"hard", value.hard}};
    if (value.single && form == Form::wire) out["single"] = true;
    return out;
  }
  static void from(const json& in, Ulimit& value) {
    value = Ulimit{in.value("soft", std::int64_t{0}), in.value("hard", std::int64_t{0}), in.value("single", false)};
  }
};
// That it was said is lost where it says what holds anyway.
template <>
struct Codec<OnByDefault> {
  static json to(const OnByDefault& value, Form) { return value.value; }
  static void from(const json& in, OnByDefault& value) { value = in.get<bool>(); }
};
template <>
struct Codec<SourcePlace> {
  static json to(const SourcePlace& place, Form) { return json::array({place.file, place.line, place.column}); }
  static void from(const json& in, SourcePlace& place) {
    in.at(0).get_to(place.file);
    in.at(1).get_to(place.line);
    in.at(2).get_to(place.column);
  }
};
template <class T>
struct Codec<std::optional<T>> {
  static json to(const std::optional<T>& value, Form form) { return value ? encode(*value, form) : json(); }
  static void from(const json& in, std::optional<T>& value) {
    value.reset();
    if (!in.is_null()) decode(in, value.emplace());
  }
};
template <class T>
struct Codec<std::vector<T>> {
  static json to(const std::vector<T>& value, Form form) {
    json out = json::array();
    for (const auto& item : value) out.push_back(encode(item, form));
    return out;
  }
  static void from(const json& in, std::vector<T>& value) {
    if (!in.is_array()) throw Error(ErrorKind::invalid, "a list is missing in a project's JSON form");
    value.clear();
    value.reserve(in.size());
    for (const auto& item : in) decode(item, value.emplace_back());
  }
};
template <class T>
requires std::derived_from<T, std::map<std::string, typename T::mapped_type>>
struct Codec<T> {
  static json to(const T& value, Form form) {
    json out = json::object();
    for (const auto& [key, item] : value) out[key] = encode(item, form);
    return out;
  }
  static void from(const json& in, T& value) {
    if (!in.is_object()) throw Error(ErrorKind::invalid, "an object is missing in a project's JSON form");
    value.clear();
    for (const auto& [key, item] : in.items()) decode(item, value[key]);
  }
};
template <Part T>
struct Codec<T> {
  static json to(const T& value, Form form) {
    static const T kUnset;
    json out = json::object();
    // The table of the default value runs beside that of the value, member by member.
    std::vector<const void*> unset;
    visit(kUnset, [&](const char*, const auto& member) { unset.push_back(&member); });
    std::size_t at = 0;
    visit(value, [&]<class M>(const char* name, const M& member) {
      const auto& standard = *static_cast<const M*>(unset[at++]);
      if (form == Form::hash && std::string_view{name} == "extensions") return;
      if (!(member == standard)) out[name] = encode(member, form);
    });
    if constexpr (requires { value.places; }) {
      if (form == Form::wire && !value.places.empty()) out["places"] = encode(value.places, form);
    }
    return out;
  }
  static void from(const json& in, T& value) {
    if (!in.is_object()) throw Error(ErrorKind::invalid, "an object is missing in a project's JSON form");
    visit(value, [&](const char* name, auto& member) {
      if (const auto found = in.find(name); found != in.end()) decode(*found, member);
    });
    if constexpr (requires { value.places; }) {
      if (const auto found = in.find("places"); found != in.end()) decode(*found, value.places);
    }
  }
};

template <class T>
json encode(const T& value, Form form) {
  return Codec<T>::to(value, form);
}
template <class T>
void decode(const json& in, T& value) {
  Codec<T>::from(in, value);
}

template <class T>
T read_text(std::string_view text) {
  // The parser recurses; a project's JSON is never deep.
  constexpr int kMaxDepth = 64;
  bool too_deep = false;
  const auto guard = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  const json parsed = json::parse(text, guard, false);
  if (parsed.is_discarded() || too_deep) throw Error(ErrorKind::invalid, "a project's JSON form is not valid JSON");
  T value;
  try {
    decode(parsed, value);
  } catch (const json::exception&) {
    throw Error(ErrorKind::invalid, "a member of a project's JSON form has the wrong type");
  }
  return value;
}

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

// What a granted config or secret holds, as far as the project knows it.
void add_contents(json& out, const char* name, const std::vector<FileGrant>& grants,
                  const std::map<std::string, FileObject>& objects) {
  json contents = json::object();
  for (const auto& grant : grants) {
    const auto found = objects.find(grant.source);
    if (found == objects.end()) continue;
    FileObject what = found->second;
    what.labels.clear();
    contents[grant.source] = encode(what, Form::hash);
  }
  if (!contents.empty()) out[name] = std::move(contents);
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr) != 1) {
    throw Error("SHA-256 is not available in this system's OpenSSL");
  }
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(std::size_t{size} * 2);
  for (unsigned int i = 0; i < size; ++i) {
    hex += kDigits[digest[i] >> 4U];
    hex += kDigits[digest[i] & 15U];
  }
  return hex;
}

std::string to_wire_json(const Project& project) { return dump(encode(project, Form::wire)); }
std::string meaning_json(const Project& project) {
  Project bare = project;
  bare.places.clear();
  for (auto* services : {&bare.services, &bare.disabled}) {
    for (auto& [name, service] : *services) service.places.clear();
  }
  return to_wire_json(bare);
}

std::string project_hash(const Project& project) { return sha256_hex(meaning_json(project)); }

Project from_wire_json(std::string_view text) { return read_text<Project>(text); }
std::string to_wire_json(const Service& service) { return dump(encode(service, Form::wire)); }
Service service_from_wire_json(std::string_view text) { return read_text<Service>(text); }

std::string service_hash(const Service& service, const Project& project) {
  json out = encode(service, Form::hash);
  // Develop is for `watch` alone, and the name is part of the container's name already.
  for (const char* name : {"name", "build", "pull_policy", "scale", "depends_on", "profiles", "develop"})
    out.erase(name);
  if (const auto deploy = out.find("deploy"); deploy != out.end()) deploy->erase("replicas");
  if (out.contains("deploy") && out["deploy"].empty()) out.erase("deploy");
  if (const std::string scope = socket_scope(service); !scope.empty()) out["socket"] = scope;
  add_contents(out, "config_contents", service.configs, project.configs);
  add_contents(out, "secret_contents", service.secrets, project.secrets);
  return sha256_hex(dump(out));
}

std::string network_hash(const Network& network) { return sha256_hex(dump(encode(network, Form::hash))); }

std::string volume_hash(const Volume& volume) {
  Volume what = volume;
  if (what.driver.empty()) what.driver = "local";
  return sha256_hex(dump(encode(what, Form::hash)));
}

}  // namespace stack::compose
