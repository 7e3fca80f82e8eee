// How health probes come to run: as further processes in their container, through its shim.
//
// Loop thread only; owned by Engine and outlives the health runner that calls it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "engine/core/context.h"
#include "engine/core/exec_session.h"
#include "health/monitor.h"

namespace stack::core {

class Containers;

class ExecProbes final : public health::ProbePort {
 public:
  ExecProbes(Context& context, Containers& containers)
      : context_(context), containers_(containers), tasks_(context.loop, "probes") {}

  void start_probe(std::uint64_t id, const std::string& container_id, const std::vector<std::string>& argv,
                   Nanos timeout, Started started, Done done) override;
  void cancel_probe(std::uint64_t id) override;
  // Ends all of them; resumes when none is left.
  boost::asio::awaitable<void> stop();

 private:
  struct Probe;
  boost::asio::awaitable<health::ProbeOutcome> play(std::shared_ptr<Probe> probe, std::string container_id,
                                                    std::vector<std::string> argv, Nanos timeout, Started started);

  Context& context_;
  Containers& containers_;
  std::map<std::uint64_t, std::shared_ptr<Probe>> probes_;
  async::TaskGroup tasks_;
};

}  // namespace stack::core
