// Sends the logs of containers away whose driver of logging asks for that: syslog, gelf, fluentd, journald.
//
// The container writes to the engine's own log in any case; a forwarder reads that from where it stopped last, which it keeps beside the
// log. So an endpoint that is dead blocks no container and loses nothing for as long as the log keeps it, an engine that was killed goes
// on, and `logs` shows everything. The place is written once a second at most: lines may come twice after a kill. A line that the other
// side can never take is reported in the engine's log. Loop thread only; joined by stop().
#pragma once

#include <map>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/async/task_group.h"
#include "engine/core/engine.h"
#include "engine/core/event_bus.h"

namespace stack::service {

class LogForwarder;

class LogForwarders {
 public:
  explicit LogForwarders(core::Engine& engine);
  LogForwarders(const LogForwarders&) = delete;
  LogForwarders& operator=(const LogForwarders&) = delete;
  ~LogForwarders();

  // Once the containers are known: what runs, and what ended with lines that have not been sent.
  void begin();
  boost::asio::awaitable<void> stop();
  // Resumes when what has not been sent yet of a container that ended and removes itself is in memory, or the deadline has passed: its log
  // may go then.
  boost::asio::awaitable<void> drained(std::string container, Mono deadline);

 private:
  void on_event(const model::Event& event);
  void consider(const std::string& id);
  // Throws stack::Error when its log cannot be followed or its endpoint is none.
  std::shared_ptr<LogForwarder> of(const model::Container& row);
  static boost::asio::awaitable<void> rest_of(std::shared_ptr<LogForwarder> forwarder);

  core::Engine& engine_;
  std::map<std::string, std::shared_ptr<LogForwarder>> forwarders_;  // by container
  async::TaskGroup tasks_;
  core::EventBus::Subscription events_;
};

}  // namespace stack::service
