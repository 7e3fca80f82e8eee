// The value types that the parts of a project share: sizes, file modes, mappings with and without values, commands.
//
// Durations are stack::Nanos. Types are distinct where their printed form is (a size prints as a decimal string, a mode
// in octal), so that each is written and read in one way everywhere.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace stack::compose {

// A size in bytes; -1 is "no limit" where the attribute knows that. Printed as a decimal string.
struct Bytes {
  std::int64_t value = 0;
  auto operator<=>(const Bytes&) const = default;
};

// Permission bits; printed as "0440".
struct FileMode {
  std::uint32_t value = 0;
  auto operator<=>(const FileMode&) const = default;
};

using Strings = std::vector<std::string>;
using Mapping = std::map<std::string, std::string>;
// A name without a value is removed from the container (environment) or dropped (build arguments).
using Environment = std::map<std::string, std::optional<std::string>>;
// The arguments of a program. Unset: as the image says; empty: explicitly nothing.
using Command = std::optional<Strings>;
// The `x-` keys of a mapping: name to JSON text.
using Extensions = std::map<std::string, std::string>;
// host name to the addresses it resolves to, in the order of the file; "host-gateway" is one that the engine fills in.
struct ExtraHosts : std::map<std::string, Strings> {
  bool operator==(const ExtraHosts&) const = default;
};

// A switch that is on unless the file says otherwise; remembers whether it says anything, which is of no consequence.
struct OnByDefault {
  bool value = true;
  bool said = false;
  OnByDefault() = default;
  OnByDefault(bool given) : value(given), said(true) {}
  operator bool() const { return value; }
  bool operator==(const OnByDefault& other) const { return value == other.value; }
};

struct Ulimit {
  std::int64_t soft = 0, hard = 0;  // -1: unlimited
  bool single = false;              // written as one number; of no consequence
  bool operator==(const Ulimit& other) const { return soft == other.soft && hard == other.hard; }
};
using Ulimits = std::map<std::string, Ulimit>;

// A grant of a top-level secret or config to a service or a build.
struct FileGrant {
  std::string source;
  std::string target;            // service: path in the container; build: the id of the secret
  std::string uid, gid;          // empty: 0
  std::optional<FileMode> mode;  // unset: 0444
  Extensions extensions;
  bool operator==(const FileGrant&) const = default;
};

// A request for devices such as GPUs.
struct DeviceRequest {
  Strings capabilities;
  std::string driver;
  std::int64_t count = 0;  // -1: all
  Strings device_ids;
  Mapping options;
  Extensions extensions;
  bool operator==(const DeviceRequest&) const = default;
};

// A command that runs at a point of a container's life: inside it, or (pre_start) in a container of its own beside it.
struct Hook {
  Command command;
  std::string user;
  bool privileged = false;
  std::string image;  // pre_start only
  bool per_replica = false;
  std::string working_dir;
  Environment environment;
  Extensions extensions;
  bool operator==(const Hook&) const = default;
};

}  // namespace stack::compose
