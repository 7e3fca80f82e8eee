// What a named volume shall be, and what it became.
#pragma once

#include <map>
#include <string>

#include "base/model/container_spec.h"

namespace stack::model {

// The label that every anonymous volume has, as Docker's have it.
inline constexpr const char* kAnonymousVolumeLabel = "com.docker.volume.anonymous";

struct VolumeSpec {
  std::string name;
  std::string driver = "local";
  std::map<std::string, std::string> driver_opts;
  Labels labels;
  std::string project;  // or empty
  std::string key;      // its name in the project's file
  std::string config_hash;
  bool anonymous = false;
  bool operator==(const VolumeSpec&) const = default;
};

struct Volume {
  VolumeSpec spec;
  std::string mountpoint;  // absolute path of its data on the host
  Wall created{};
  bool operator==(const Volume&) const = default;
};

}  // namespace stack::model
