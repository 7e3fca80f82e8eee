// What the API asks of what containers use. engine/service implements it; loop thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/model/resource_usage.h"
#include "engine/api/byte_stream.h"

namespace stack::api {

// What went through an interface, as its container sees it.
struct NetworkCounters {
  std::uint64_t rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_dropped = 0;
  std::uint64_t tx_bytes = 0, tx_packets = 0, tx_errors = 0, tx_dropped = 0;
  bool operator==(const NetworkCounters&) const = default;
};

// One look at a container.
struct ContainerSample {
  std::string id, name;
  std::optional<Wall> read;  // none: it does not run, and nothing below is known
  model::ResourceUsage usage;
  std::uint64_t machine_cpu_ns = 0;  // of all processors together, since the machine started
  std::int64_t processors = 0;
  std::uint64_t machine_memory = 0;                 // bytes
  std::map<std::string, NetworkCounters> networks;  // by interface in the container; none with the host's network
};

struct StatsRequest {
  std::string container;  // name, id or the unique beginning of an id
  bool stream = true;     // one a second, until the client or the container is gone
  bool one_shot = false;  // of one that is not a stream: at once, without a sample before it
};

class StatsBackend {
 public:
  using Line = std::function<std::string(const ContainerSample& now, const ContainerSample* before)>;
  virtual ~StatsBackend() = default;
  // Writes `line` of each sample to what `open` gives, and finishes it. Throws not_found, invalid before it calls `open`.
  virtual void stats(const StatsRequest& request, Line line,
                     const std::function<std::shared_ptr<ByteStream>()>& open) = 0;
};

}  // namespace stack::api
