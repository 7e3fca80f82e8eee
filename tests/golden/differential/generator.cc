#include "generator.h"

#include <algorithm>
#include <functional>

#include "values.h"

namespace stack::compose {
namespace {

// Of fixed output on every machine, which the standard library's distributions are not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t bound) {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t x = state_;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return static_cast<std::size_t>((x ^ (x >> 31U)) % bound);
  }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::uint64_t state_;
};

const Variables& environment() {
  static const Variables kAll{{"WORD", "hello"}, {"YES", "true"}, {"THREE", "3"}, {"EMPTY", ""}};
  return kAll;
}

// The file around a service: everything that it may refer to.
std::string surroundings() {
  return "networks: {front: null, back: {internal: true}}\n"
         "volumes: {data: null, d: null}\n"
         "secrets: {s1: {file: ./s.txt}}\n"
         "configs: {c1: {file: ./c.txt}}\n"
         "models: {m1: {model: ai/x}}\n";
}

void add_files(Sample& sample, const std::string& text) {
  const auto mentions = [&](const char* word) { return text.find(word) != std::string::npos; };
  if (mentions("e.env")) sample.files["e.env"] = "E1=one\nE2=\"two ${WORD}\"\nWORD=mine\n";
  if (mentions("e2.env")) sample.files["e2.env"] = "E2=later\nBARE\nE3='$X'\n";
  if (mentions("raw.env")) sample.files["raw.env"] = "R1=\"quoted\"\nR2=$WORD\n";
  if (mentions("l.env")) sample.files["l.env"] = "L1=one\nL2=two\n";
  if (mentions("project_directory")) sample.files["sub/.keep"] = "";
  if (mentions("inc.yaml"))
    sample.files["inc.yaml"] = "services: {cache: {image: redis, volumes: ['./c:/c']}}\nvolumes: {inc: null}\n";
  if (mentions("inc2.yaml")) sample.files["inc2.yaml"] = "services: {cache: {image: redis:7, environment: [WORD]}}\n";
  if (mentions("base.yaml")) {
    sample.files["base.yaml"] =
        "services: {base: {image: base, labels: {from: base}, ports: ['90:90']}, db: {image: other}}\n";
  }
}

// `value` at `path`, with what has to stand around it; `*` becomes a name.
std::string around(const std::string& path, std::string value) {
  std::string at = path;
  while (!at.empty() && at != "services.*") {
    if (at.ends_with("[]")) {
      at.resize(at.size() - 2);
      value = "[" + value + "]";
      continue;
    }
    const auto dot = at.rfind('.');
    const std::string key = dot == std::string::npos ? at : at.substr(dot + 1);
    const std::string parent = dot == std::string::npos ? "" : at.substr(0, dot);
    if (parent.empty()) return key + ": " + value + "\n";
    std::string name = key;
    if (key == "*") {
      name = parent == "services.*.networks"                                          ? "front"
             : parent == "services.*.depends_on"                                      ? "db"
             : parent == "services.*.models"                                          ? "m1"
             : parent == "services.*.ulimits" || parent == "services.*.build.ulimits" ? "nofile"
             : parent == "networks"                                                   ? "front"
             : parent == "volumes"                                                    ? "data"
             : parent == "secrets"                                                    ? "s1"
             : parent == "configs"                                                    ? "c1"
             : parent == "models"                                                     ? "m1"
                                                                                      : "key";
    }
    const std::string more = siblings_of(parent, key);
    value = "{" + name + ": " + value + (more.empty() ? "" : ", " + more) + "}";
    at = parent;
  }
  return "services: {web: " + value + "}\n";
}

void each_row(const Attribute& attribute, const std::function<void(const Attribute&)>& action) {
  if (!attribute.path.empty()) action(attribute);
  for (const auto& [key, member] : attribute.members) each_row(*member, action);
  if (attribute.any) each_row(*attribute.any, action);
  if (attribute.item) each_row(*attribute.item, action);
}

Sample single(const Attribute& attribute, const std::string& value, std::size_t number) {
  Sample sample;
  sample.name = attribute.path + " " + std::to_string(number);
  sample.arguments = {"config"};
  sample.environment = environment();
  const std::string body = around(attribute.path, value);
  const std::string top = attribute.path.substr(0, attribute.path.find_first_of(".["));
  std::string text = body;
  if (top != "services") {
    text += "services:\n  web:\n    image: x\n";
    if (top == "networks") text += "    networks: [front]\n";
    if (top == "volumes") text += "    volumes: ['data:/d']\n";
    if (top == "secrets") text += "    secrets: [s1]\n";
    if (top == "configs") text += "    configs: [c1]\n";
    if (top == "models") text += "    models: [m1]\n";
  } else if (attribute.path != "services") {
    text = "services:\n  web: " + body.substr(body.find("web: ") + 5);
    text.resize(text.size() - 2);
    text += "\n  db: {image: y, build: ./y}\n";
    text += surroundings();
  }
  sample.files["compose.yaml"] = text;
  add_files(sample, text);
  return sample;
}

// One project with many attributes and many ways in which they come together.
class Mixture {
 public:
  explicit Mixture(std::uint64_t seed) : dice_(seed * 0x2545F4914F6CDD1DU + 1) {}

  Sample make(std::string name) {
    sample_.name = std::move(name);
    sample_.environment = environment();
    std::vector<std::string> files{main_file()};
    while (files.size() < 3 && dice_.one_in(2)) files.push_back(override_file());
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (i > 0 && separate_) {
        const std::string path = "over" + std::to_string(i) + ".yaml";
        sample_.files[path] = files[i];
        if (i == 1) sample_.arguments = {"-f", "compose.yaml"};
        sample_.arguments.insert(sample_.arguments.end(), {"-f", path});
      } else {
        sample_.files["compose.yaml"] += (i > 0 ? "---\n" : "") + files[i];
      }
    }
    finish();
    return std::move(sample_);
  }

 private:
  // What is left to other samples: attributes that contradict others, and those that the real one cannot print or know.
  static bool left_out(std::string_view path) {
    static const std::vector<std::string_view> kOut{"services.*.network_mode",
                                                    "services.*.container_name",
                                                    "services.*.scale",
                                                    "services.*.extends",
                                                    "services.*.provider",
                                                    "services.*.x-stack",
                                                    "services.*.pid",
                                                    "services.*.pull_refresh_after",
                                                    "services.*.pre_start",
                                                    "services.*.build.ssh",
                                                    "services.*.build.no_cache_filter",
                                                    "services.*.cpus",
                                                    "services.*.mem_limit",
                                                    "services.*.pids_limit",
                                                    "services.*.mem_reservation",
                                                    "services.*.use_api_socket",
                                                    "services.*.build.dockerfile_inline",
                                                    "services.*.build.dockerfile",
                                                    "services.*.platform",
                                                    "services.*.cgroup",
                                                    "services.*.blkio_config"};
    return std::ranges::find(kOut, path) != kOut.end();
  }

  const Attribute& any_member(const Attribute& attribute, std::string& key) {
    for (;;) {
      auto at = attribute.members.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(dice_.below(attribute.members.size())));
      if (left_out(at->second->path)) continue;
      key = at->first;
      return *at->second;
    }
  }

  std::string value_of(const Attribute& attribute, int depth) {
    const bool composed = attribute.closed() && attribute.required.empty() && depth < 4 &&
                          siblings_of(attribute.path, "").empty() && attribute.path != "services.*.logging" &&
                          attribute.path != "services.*.credential_spec" && dice_.below(3) > 0;
    if (composed) {
      std::map<std::string, std::string> members;
      for (std::size_t n = 1 + dice_.below(3); n > 0; --n) {
        std::string key;
        const Attribute& member = any_member(attribute, key);
        members[key] = value_of(member, depth + 1);
      }
      std::string out;
      for (const auto& [key, value] : members) out += (out.empty() ? "" : ", ") + key + ": " + value;
      return "{" + out + "}";
    }
    const auto values = dice_.one_in(25) ? values_for(attribute) : right_values(attribute);
    return with_variable(dice_.pick(values));
  }

  std::string with_variable(const std::string& value) {
    const bool plain = !value.empty() && std::ranges::all_of(value, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-';
    });
    if (!plain || value == "null" || !dice_.one_in(5)) return value;
    switch (dice_.below(5)) {
      case 0:
        return "\"${NOT_SET-" + value + "}\"";
      case 1:
        return "\"${EMPTY:-" + value + "}\"";
      case 2:
        return "\"${WORD:+" + value + "}\"";
      case 3:
        return "\"${NOT_SET:-${EMPTY:-" + value + "}}\"";
      default:
        dotenv_ = true;
        return "\"${FROM_FILE:+" + value + "}\"";
    }
  }

  std::string service_body(std::size_t count, const std::string& indent) {
    std::map<std::string, std::string> members;
    for (; count > 0; --count) {
      std::string key;
      const Attribute& member = any_member(compose_service(), key);
      members[key] = value_of(member, 1);
    }
    std::string out;
    for (const auto& [key, value] : members) out += indent + key + ": " + value + "\n";
    return out;
  }

  std::string main_file() {
    std::string text;
    if (dice_.one_in(4))
      text += "name: " + dice_.pick(std::vector<std::string>{"shop", "Big_Shop", "'${WORD}-shop'"}) + "\n";
    if (dice_.one_in(4)) add_include(text);
    const bool anchors = dice_.one_in(3);
    if (anchors) text += "x-common: &common\n" + service_body(1 + dice_.below(3), "  ");
    const bool second = anchors && dice_.one_in(2);
    if (second) text += "x-more: &more\n" + service_body(1 + dice_.below(2), "  ");
    text += "services:\n";
    for (const char* name : {"web", "api"}) {
      if (name[0] == 'a' && dice_.one_in(2)) continue;
      names_.emplace_back(name);
      text += "  " + std::string{name} + ":\n    image: " + name + ":1\n";
      if (anchors && !dice_.one_in(3)) text += second ? "    <<: [*common, *more]\n" : "    <<: *common\n";
      if (dice_.one_in(4)) add_extends(text);
      text += without_keys(service_body(1 + dice_.below(5), "    "), {"image", "extends"});
    }
    text += "  db: {image: y, build: ./y}\n";
    return text + surroundings();
  }

  static std::string without_keys(const std::string& body, std::initializer_list<const char*> keys) {
    std::string out;
    for (std::size_t at = 0; at < body.size();) {
      const auto end = body.find('\n', at) + 1;
      const std::string line = body.substr(at, end - at);
      const bool drop =
          std::ranges::any_of(keys, [&](const char* key) { return line.starts_with("    " + std::string{key} + ":"); });
      if (!drop) out += line;
      at = end;
    }
    return out;
  }

  void add_include(std::string& text) {
    text += dice_.one_in(2) ? "include: [parts/one.yaml]\n"
                            : "include: [{path: [parts/one.yaml], env_file: parts/own.env}]\n";
    sample_.files["parts/own.env"] = "OWN=own\n";
    sample_.files["parts/.env"] = "OWN=default\n";
    sample_.files["parts/one.yaml"] = "services:\n  cache:\n    image: cache:${OWN}\n" +
                                      without_keys(service_body(1 + dice_.below(3), "    "), {"image", "extends"});
    add_files_below("parts/", sample_.files["parts/one.yaml"]);
  }

  void add_extends(std::string& text) {
    if (dice_.one_in(2)) {
      text += "    extends: db\n";
      return;
    }
    text += "    extends: {file: lib/base.yaml, service: base}\n";
    if (sample_.files.contains("lib/base.yaml")) return;
    std::string base = "services:\n  base:\n    image: base\n" +
                       without_keys(service_body(1 + dice_.below(3), "    "), {"image", "extends"});
    if (dice_.one_in(3)) {
      base += "    extends: root\n  root:\n    image: root\n" +
              without_keys(service_body(1 + dice_.below(2), "    "), {"image", "extends"});
    }
    sample_.files["lib/base.yaml"] = base;
    add_files_below("lib/", base);
  }

  std::string override_file() {
    std::string text = "services:\n";
    const std::string& name = dice_.pick(names_);
    std::string body = without_keys(service_body(1 + dice_.below(4), "    "), {"extends"});
    if (dice_.one_in(3)) {
      // One of the attributes resets, or replaces, what was there.
      const auto colon = body.find(": ");
      const auto end = body.find('\n');
      if (dice_.one_in(2)) {
        body.replace(colon + 2, end - colon - 2, "!reset null");
      } else {
        body.insert(colon + 2, "!override ");
      }
    }
    return text + "  " + name + ":\n" + body;
  }

  void add_files_below(const std::string& folder, const std::string& text) {
    Sample scratch;
    add_files(scratch, text);
    for (const auto& [name, content] : scratch.files) sample_.files[folder + name] = content;
  }

  void finish() {
    std::string all;
    for (const auto& [name, text] : sample_.files) all += text;
    add_files(sample_, all);
    if (dotenv_ || dice_.one_in(8)) sample_.files[".env"] = "FROM_FILE=file\nOWN=outer\n";
    if (all.find("profiles:") != std::string::npos && dice_.one_in(2)) {
      sample_.arguments.insert(sample_.arguments.begin(), {"--profile", dice_.one_in(2) ? "*" : "dev"});
    }
    sample_.arguments.emplace_back("config");
    if (dice_.one_in(8)) {
      sample_.arguments.push_back(
          dice_.pick(std::vector<std::string>{"--no-normalize", "--no-path-resolution", "--no-consistency", "web"}));
    }
  }

  Dice dice_;
  Sample sample_;
  std::vector<std::string> names_;
  bool dotenv_ = false;
  bool separate_ = dice_.below(4) > 0;
};

}  // namespace

std::vector<Sample> samples_of_rows() {
  std::vector<Sample> samples;
  each_row(compose_file(), [&](const Attribute& attribute) {
    const auto values = values_for(attribute);
    for (std::size_t i = 0; i < values.size(); ++i) samples.push_back(single(attribute, values[i], i));
  });
  return samples;
}

std::vector<Sample> mixed_samples(std::size_t count, std::uint64_t seed) {
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < count; ++i) samples.push_back(Mixture{seed + i}.make("mixture " + std::to_string(i)));
  return samples;
}

}  // namespace stack::compose
