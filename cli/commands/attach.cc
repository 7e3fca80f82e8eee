#include "cli/commands/attach.h"

#include <iostream>

#include "cli/commands/replica_choice.h"
#include "engine/client/attach_client.h"

namespace stack::cli {

int attach(Session& session, const AttachFlags& flags) {
  const model::Container container = running_replica(session, flags.service, flags.index);
  if (session.options().dry_run) {
    std::cout << "attach to " << container.spec.name << "\n";
    return 0;
  }
  const client::AttachOptions options{
      .container = container.id,
      .tty = container.spec.tty,
      .input = !flags.no_stdin && container.spec.stdin_open,
      .forward_signals = flags.sig_proxy,
      .at_signal = flags.sig_proxy ? client::AttachOptions::AtSignal::stays : client::AttachOptions::AtSignal::fails,
      .detach_keys = flags.detach_keys};
  const auto code = client::run_attached(session.socket_path(), session.engine(), options);
  if (!code) std::cerr << "read escape sequence\n";
  return code.value_or(0);
}

}  // namespace stack::cli
