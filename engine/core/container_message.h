// What goes through a container's inbox: commands, each with a ticket for whoever waits for its answer, and facts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/async/event.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/model/container_spec.h"
#include "engine/core/container_lifecycle.h"
#include "engine/core/probe_loop.h"
#include "engine/core/shim_session.h"

namespace stack::core {

// The answer to one command, given once.
struct Ticket {
  explicit Ticket(boost::asio::io_context& loop) : changed(loop) {}
  void answer(std::optional<Error> error) {
    if (answered) return;
    answered = true;
    failure = std::move(error);
    changed.notify_all();
  }
  async::Event changed;
  bool answered = false;
  std::optional<Error> failure;
};

// What a container that exists may change: fields that are set here replace its own.
struct ContainerUpdate {
  std::optional<model::Resources> resources;
  std::optional<model::RestartPolicy> restart;
};

struct Signal {
  int number = 0;
};
struct Grace {
  std::optional<Nanos> patience;  // nothing: as the container says; negative: without end
  int signal = 0;                 // instead of its stop signal; 0: none
};
struct Force {
  bool even_if_it_runs = false;
};
struct NewName {
  std::string name, before;
};
struct TerminalSize {
  std::uint16_t rows = 0, columns = 0;
};

// A network that comes to a container or goes from it.
struct NetworkChange {
  model::Attachment attachment;    // of one that goes: only its name
  std::string network_id, driver;  // for the event
  bool force = false;              // of one that goes: whatever its namespace says
};

struct Message {
  Trigger trigger{};
  std::variant<std::monostate, Signal, Grace, Force, NewName, TerminalSize, ContainerUpdate, NetworkChange, UniqueFd,
               ShimSession::Launched, ShimSession::Exit, ProbeLoop::Report, Error>
      content;
  std::shared_ptr<Ticket> ticket = nullptr;
};

}  // namespace stack::core
