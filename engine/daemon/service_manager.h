// What a service manager (systemd) hands to the daemon that it starts: the listening socket, and the address where it wants to
// hear how the daemon is. sd_listen_fds(3) and sd_notify(3), without their library. Start-up thread only, before others exist.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace stack::daemon {

struct Activation {
  UniqueFd listening;   // none when this process was started in another way
  std::string address;  // NOTIFY_SOCKET; empty: nobody wants to hear
};

// Reads the variables and takes them out of the environment, so that no child takes itself for activated. `socket` is where
// clients look for the engine: throws stack::Error(invalid) when what was handed over is not one stream socket that listens there.
Activation take_activation(const std::filesystem::path& socket);

// Sends "READY=1", "STOPPING=1" and the like; nothing for an empty address. A manager that has gone is no failure of the engine.
void tell_service_manager(const std::string& address, std::string_view state) noexcept;

}  // namespace stack::daemon
