// Top-level volumes, secrets, configs and models. Plain values; `name` is what the engine knows the thing by.
#pragma once

#include "compose/model/values.h"

namespace stack::compose {

struct Volume {
  std::string name;
  std::string driver;
  Mapping driver_opts;
  bool external = false;
  Mapping labels;
  Extensions extensions;
  bool operator==(const Volume&) const = default;
};

// A secret or a config: text that services see as a file. Exactly one of file, environment and content is its source,
// unless it is external or made by a driver.
struct FileObject {
  std::string name;
  std::string file;         // absolute path
  std::string identity;     // of the file on the machine, once somebody has looked; no member of the JSON form
  std::string environment;  // name of the variable that it was filled from
  std::optional<std::string> content;  // the text, for `content` and, once resolved, `environment`
  bool external = false;
  Mapping labels;
  std::string driver;
  Mapping driver_opts;
  std::string template_driver;
  Extensions extensions;
  bool operator==(const FileObject&) const = default;
};

struct Model {
  std::string name;
  std::string model;
  std::int64_t context_size = 0;
  Strings runtime_flags;
  Extensions extensions;
  bool operator==(const Model&) const = default;
};

}  // namespace stack::compose
