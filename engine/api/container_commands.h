// What the API asks of containers that changes them. engine/service implements it; loop thread, answers by callback, exactly once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/enum_words.h"
#include "base/error.h"
#include "base/model/container_spec.h"
#include "base/model/volume_spec.h"

namespace stack::api {

struct ContainerCreation {
  model::ContainerSpec spec;
  std::string platform;                    // the image has to be for it; empty: any
  std::vector<model::VolumeSpec> volumes;  // of its mounts: those with labels or options of their own
  std::vector<std::string> warnings;       // of what it says without effect
};
struct ContainerCreated {
  std::string id;
  std::vector<std::string> warnings;
};
// Of a client's whole seconds, of which a negative number means without end; no number is too large.
inline Nanos patience_of(std::int64_t seconds) {
  constexpr std::int64_t kMost = std::int64_t{100} * 365 * 24 * 3600;
  return std::chrono::seconds{std::clamp<std::int64_t>(seconds, -1, kMost)};
}

struct StopOptions {
  std::optional<Nanos> grace;  // negative: without end; nothing: as the container says
  std::string signal;          // instead of its stop signal
};
// Zero, and an empty text, leave what is there.
struct ContainerChange {
  model::Resources limits;
  std::optional<model::RestartPolicy> restart;
  std::vector<std::string> warnings;  // of what it says without effect
};
struct ContainerRemovalOptions {
  bool force = false;    // kill it first
  bool volumes = false;  // also its anonymous volumes that nobody else uses
};

enum class WaitFor : std::uint8_t { not_running, next_exit, removed };
constexpr auto words_of(WaitFor) {
  using enum WaitFor;
  return std::array{Word{not_running, "not-running"}, Word{next_exit, "next-exit"}, Word{removed, "removed"}};
}
struct ContainerEnd {
  int exit_code = 0;
  std::string error;  // why it could not be waited for any longer
};

// A container is named by its name (a slash may stand in front), its id, or the unique beginning of an id. Each call throws, or fails
// with, not_found "No such container: x", invalid, and conflict when the container's state forbids it.
class ContainerCommands {
 public:
  using Done = std::function<void(std::variant<std::monostate, Error>)>;
  using Changed = std::function<void(std::variant<bool, Error>)>;  // false: it was so already

  virtual ~ContainerCommands() = default;
  virtual void create(ContainerCreation creation,
                      std::function<void(std::variant<ContainerCreated, Error>)> answer) = 0;
  virtual void start(const std::string& container, Changed answer) = 0;
  virtual void stop(const std::string& container, const StopOptions& options, Changed answer) = 0;
  virtual void restart(const std::string& container, const StopOptions& options, Done answer) = 0;
  virtual void kill(const std::string& container, const std::string& signal, Done answer) = 0;
  virtual void pause(const std::string& container, Done answer) = 0;
  virtual void unpause(const std::string& container, Done answer) = 0;
  virtual void rename(const std::string& container, const std::string& name, Done answer) = 0;
  virtual void update(const std::string& container, const ContainerChange& change, Done answer) = 0;
  virtual void remove(const std::string& container, const ContainerRemovalOptions& options, Done answer) = 0;
  // Of its terminal.
  virtual void resize(const std::string& container, std::uint16_t rows, std::uint16_t columns) = 0;
  // The answer never comes from within the call. The returned function gives the waiting up; calling it after the answer does nothing.
  virtual std::function<void()> wait(const std::string& container, WaitFor what,
                                     std::function<void(ContainerEnd)> answer) = 0;
};

}  // namespace stack::api
