// Values of containers as causes show what was and what is: short, on one line, and nothing that sounds like a secret. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/model/container_spec.h"

namespace stack::compose {

// What may be shown of a value; nothing when it is better not shown.
using Shown = std::optional<std::string>;

Shown shown(const std::string& text);
Shown shown(bool value);

// Of a variable, a label, an option: by its name it may be a secret. Without a value it is unset: whatever the image says, it is not there.
Shown shown_variable(const std::string& name, const std::optional<std::string>& value);
Shown shown_variable(const std::string& name, const std::string& value);

struct SizeValue {
  std::int64_t count = 0;  // 0: unset
};

struct ShownPair {
  Shown before, after;
};

// Both of them, or neither where they would look the same. Of long lists and of records only what is not in the other.
ShownPair shown_pair(const std::string& before, const std::string& after);
ShownPair shown_pair(bool before, bool after);
ShownPair shown_pair(const std::optional<Nanos>& before, const std::optional<Nanos>& after);
// Words of a command line.
ShownPair shown_pair(const std::optional<std::vector<std::string>>& before,
                     const std::optional<std::vector<std::string>>& after);
ShownPair shown_pair(const std::vector<std::string>& before, const std::vector<std::string>& after);
ShownPair shown_pair(const std::vector<model::PublishedPort>& before, const std::vector<model::PublishedPort>& after);
ShownPair shown_pair(const std::vector<model::Mount>& before, const std::vector<model::Mount>& after);
ShownPair shown_pair(const std::vector<model::Attachment>& before, const std::vector<model::Attachment>& after);
ShownPair shown_pair(const std::vector<model::Device>& before, const std::vector<model::Device>& after);
ShownPair shown_pair(const std::vector<model::DeviceRequest>& before, const std::vector<model::DeviceRequest>& after);
ShownPair shown_pair(const std::map<std::string, model::Ulimit>& before,
                     const std::map<std::string, model::Ulimit>& after);
ShownPair shown_pair(const model::Resources& before, const model::Resources& after);
ShownPair shown_pair(const model::RestartPolicy& before, const model::RestartPolicy& after);
ShownPair shown_pair(const std::optional<model::Healthcheck>& before, const std::optional<model::Healthcheck>& after);
ShownPair shown_pair(const model::LogConfig& before, const model::LogConfig& after);
ShownPair shown_pair(model::ApiScope before, model::ApiScope after);
ShownPair shown_pair(SizeValue before, SizeValue after);

}  // namespace stack::compose
