// The devices of this machine by the Container Device Interface: what its files describe, and what requests get of them.
//
// A value. What is in /var/run/cdi counts before what is in /etc/cdi; what two files of one folder describe is described by neither. A file
// that cannot be read takes nothing from the others; it is named when something that was asked for is not found.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/model/container_spec.h"
#include "engine/cdi/cdi_spec.h"

namespace stack::cdi {

class Devices {
 public:
  static std::vector<std::filesystem::path> folders() { return {"/etc/cdi", "/var/run/cdi"}; }

  // Reads *.json, *.yaml and *.yml of the folders; later folders count before earlier ones. Blocks.
  static Devices read(const std::vector<std::filesystem::path>& folders = Devices::folders());
  Devices(std::vector<Spec> specs, std::vector<std::string> complaints, std::string places);

  // Everything that the requests change. Throws stack::Error(not_found) for what is not there, saying what was looked for, where and
  // what there is, Error(conflict) for a device that two files of one folder describe, naming both, and Error(unsupported) for edits that
  // are refused.
  [[nodiscard]] Edits resolve(const std::vector<model::DeviceRequest>& requests) const;
  // "vendor.com/class=name", sorted.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  void add_named(const std::string& name, Edits& edits) const;
  void add_counted(const model::DeviceRequest& request, Edits& edits) const;
  [[nodiscard]] std::string kind_for(const model::DeviceRequest& request) const;
  [[nodiscard]] std::string what_there_is() const;

  std::vector<Spec> specs_;  // those that count first behind
  std::vector<std::string> complaints_;
  std::string places_;
};

// The devices as the files are now: read again when one of them has come, gone or changed. Looks at names and times of files each time,
// which is a handful of system calls. One thread.
class CurrentDevices {
 public:
  explicit CurrentDevices(std::vector<std::filesystem::path> folders = Devices::folders())
      : folders_(std::move(folders)) {}

  // Valid until the next call.
  const Devices& get();

 private:
  const std::vector<std::filesystem::path> folders_;
  std::string seen_;  // which files there were, and when they were changed
  std::optional<Devices> devices_;
};

}  // namespace stack::cdi
