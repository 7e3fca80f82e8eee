#include <cctype>
#include <string_view>

#include "base/error.h"
#include "base/format/evaluate_json.h"
#include "base/ids.h"
#include "base/model/log_attributes.h"
#include "base/model/name_pattern.h"

namespace stack::model {
namespace {

using Texts = std::map<std::string, std::string>;

constexpr std::size_t kShortIdBytes = 12;

Texts environment_of(const ContainerSpec& spec, const ImageConfig& image) {
  Texts env;
  for (const std::string& entry : image.env) {
    const std::size_t equals = entry.find('=');
    if (equals != std::string::npos && equals > 0) env[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  for (const auto& [name, value] : spec.environment) {
    if (value) {
      env[name] = *value;
    } else {
      env.erase(name);
    }
  }
  return env;
}

Texts labels_of(const ContainerSpec& spec, const ImageConfig& image) {
  Texts labels{spec.labels.begin(), spec.labels.end()};
  labels.insert(image.labels.begin(), image.labels.end());
  return labels;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// The fields of a tag, as Docker's drivers know them.
std::string tag_of(const std::string& text, const Container& container, const Texts& labels, const Texts& env) {
  const ContainerSpec& spec = container.spec;
  format::TemplateValue root = format::TemplateValue::object();
  root["ID"] = container.id.substr(0, kShortIdBytes);
  root["FullID"] = container.id;
  root["ContainerID"] = container.id;
  root["Name"] = spec.name;
  root["ContainerName"] = "/" + spec.name;
  root["ImageName"] = spec.image;
  root["ContainerImageName"] = spec.image;
  root["ImageID"] = spec.image_id.substr(0, kShortIdBytes);
  root["ImageFullID"] = spec.image_id;
  root["ContainerImageID"] = spec.image_id;
  root["Command"] = joined(container.command);
  root["ContainerEntrypoint"] = container.command.empty() ? "" : container.command.front();
  root["ContainerArgs"] = format::TemplateValue::array();
  for (std::size_t i = 1; i < container.command.size(); ++i) root["ContainerArgs"].push_back(container.command[i]);
  root["ContainerEnv"] = format::TemplateValue::array();
  for (const auto& [name, value] : env) root["ContainerEnv"].push_back(name + "=" + value);
  root["ContainerLabels"] = format::TemplateValue::object();
  for (const auto& [name, value] : labels) root["ContainerLabels"][name] = value;
  root["Config"] = format::TemplateValue::object();
  for (const auto& [name, value] : spec.log.options) root["Config"][name] = value;
  root["DaemonName"] = "stack";
  return format::evaluate(format::parse_template(text), root);
}

void take_named(const std::string& list, const Texts& from, Texts& to) {
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    std::string name = list.substr(at, end - at);
    name.erase(0, name.find_first_not_of(" \t"));
    name.erase(name.find_last_not_of(" \t") + 1);
    if (const auto found = from.find(name); found != from.end()) to[name] = found->second;
    at = end + 1;
  }
}

void take_matching(const std::string& text, const Texts& from, Texts& to) {
  if (text.empty()) return;
  const NamePattern pattern{text};
  for (const auto& [name, value] : from) {
    if (pattern.matches(name)) to[name] = value;
  }
}

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view{"-_.~"}.find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

}  // namespace

std::map<std::string, std::string> log_attributes(const Container& container, const ImageConfig& image) {
  const auto option = [&](const char* name) {
    const auto found = container.spec.log.options.find(name);
    return found == container.spec.log.options.end() ? std::string{} : found->second;
  };
  const Texts labels = labels_of(container.spec, image), env = environment_of(container.spec, image);
  Texts attributes;
  take_named(option("labels"), labels, attributes);
  take_matching(option("labels-regex"), labels, attributes);
  take_named(option("env"), env, attributes);
  take_matching(option("env-regex"), env, attributes);
  if (const std::string tag = option("tag"); !tag.empty()) attributes["tag"] = tag_of(tag, container, labels, env);
  return attributes;
}

std::string encode_log_attributes(const std::map<std::string, std::string>& attributes) {
  std::string text;
  for (const auto& [name, value] : attributes) {
    if (!text.empty()) text += ',';
    append_encoded(text, name);
    text += '=';
    append_encoded(text, value);
  }
  return text;
}

// What a container will be called is not known yet; its fields are.
std::string log_tag_fault(const std::string& tag) {
  Container any;
  any.id = std::string(64, '0');
  any.spec.image_id = "sha256:" + any.id;
  any.command = {"sh"};
  try {
    (void)tag_of(tag, any, {}, {});
    return {};
  } catch (const Error& error) {
    return "\"" + tag + "\" is not a tag: " + error.message() +
           (error.remedy_text().empty() ? "" : "; " + error.remedy_text());
  }
}

}  // namespace stack::model
