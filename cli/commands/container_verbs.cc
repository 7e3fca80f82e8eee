#include "cli/commands/container_verbs.h"

#include <iostream>

#include "base/clock.h"
#include "base/percent.h"
#include "cli/commands/failures.h"
#include "cli/commands/flag_values.h"
#include "cli/commands/name_values.h"
#include "cli/view/container_rows.h"
#include "cli/view/format_json.h"
#include "engine/client/attach_client.h"
#include "engine/client/engine_error.h"
#include "engine/client/unix_socket.h"

namespace stack::cli {
namespace {

// Each by itself; what was done is printed by its name.
template <class F>
int each_of(const std::vector<std::string>& names, F work) {
  Failures failures;
  for (const std::string& name : names) {
    failures.attempt(
        [&] {
          work(name);
          std::cout << name << "\n";
        },
        name);
  }
  failures.report();
  return 0;
}

int stop_like(Session& session, const ContainerStopFlags& flags, const char* verb) {
  std::string query;
  if (flags.timeout) query += "&t=" + std::to_string(integer_of_flag("timeout", *flags.timeout));
  if (!flags.signal.empty()) query += "&signal=" + percent_encode(flags.signal);
  if (!query.empty()) query.front() = '?';
  return each_of(flags.names, [&](const std::string& name) { session.engine().command(name, verb + query); });
}

// `left`: the exit code when the detach keys were typed.
int attach_to(Session& session, const Inspected& container, client::AttachOptions options, int left) {
  options.container = container.id;
  options.tty = container.tty;
  options.input = options.input && container.stdin_open;
  options.removes_itself = container.auto_remove;
  const auto code = client::run_attached(session.socket_path(), session.engine(), options);
  if (!code) std::cerr << "read escape sequence\n";
  return code.value_or(left);
}

Inspected inspected(Session& session, const std::string& name) {
  return parse_inspected(session.engine().inspect_container(name, false));
}

}  // namespace

int container_ls(Session& session, const ContainerLsFlags& flags) {
  const int limit = flags.latest ? 1 : flags.last;
  // A template that prints sizes, or everything, asks for them.
  const bool sizes = flags.size || flags.format.find(".Size") != std::string::npos ||
                     flags.format.find("json .}}") != std::string::npos;
  const std::string answer = session.engine().list_containers(flags.all, limit, sizes, parse_filters(flags.filters));
  const RowStyle style{.now = SystemClock{}.wall(), .no_trunc = flags.no_trunc, .size = flags.size};
  if (flags.quiet) {
    std::cout << format_rows("{{.ID}}", container_lines(answer, style), container_titles());
  } else if (flags.format == "table") {
    std::cout << containers_table(answer, style) << std::flush;
  } else {
    check_container_format(flags.format);
    std::cout << format_rows(flags.format, container_lines(answer, style), container_titles());
  }
  return 0;
}

std::vector<std::string> container_names(client::EngineClient& engine) {
  const std::string rows =
      format_rows("{{.Names}}", container_lines(engine.list_containers(true, -1, false, {}), {}), container_titles());
  std::vector<std::string> names;
  for (std::size_t at = 0; at < rows.size();) {
    const std::size_t end = std::min(rows.find('\n', at), rows.size());
    names.push_back(rows.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

int container_inspect(Session& session, const ContainerInspectFlags& flags) {
  std::vector<std::string> found;
  Failures failures;
  for (const std::string& name : flags.names)
    failures.attempt([&] { found.push_back(session.engine().inspect_container(name, flags.size)); });
  std::cout << (flags.format.empty() ? inspect_list(found) + "\n" : format_objects(flags.format, inspect_lines(found)));
  failures.report();
  return 0;
}

int container_start(Session& session, const ContainerStartFlags& flags) {
  if (!flags.attach && !flags.interactive)
    return each_of(flags.names, [&](const std::string& name) { session.engine().start_container(name); });
  if (flags.names.size() > 1)
    throw Error(ErrorKind::invalid, "you cannot start and attach multiple containers at once");
  const Inspected container = inspected(session, flags.names.front());
  return attach_to(session, container,
                   {.input = flags.interactive,
                    .start = !container.running,
                    .at_signal = client::AttachOptions::AtSignal::leaves,
                    .detach_keys = flags.detach_keys},
                   0);
}

int container_stop(Session& session, const ContainerStopFlags& flags) { return stop_like(session, flags, "stop"); }

int container_restart(Session& session, const ContainerStopFlags& flags) {
  return stop_like(session, flags, "restart");
}

int container_kill(Session& session, const ContainerKillFlags& flags) {
  return each_of(flags.names, [&](const std::string& name) {
    try {
      session.engine().kill(name, flags.signal);
    } catch (client::EngineError& error) {
      const std::string step = "cannot kill container: " + name;
      if (!error.message().starts_with(step)) error.context(step);
      throw;
    }
  });
}

int container_pause(Session& session, const ContainerNamesFlags& flags) {
  return each_of(flags.names, [&](const std::string& name) { session.engine().command(name, "pause"); });
}

int container_unpause(Session& session, const ContainerNamesFlags& flags) {
  return each_of(flags.names, [&](const std::string& name) { session.engine().command(name, "unpause"); });
}

int container_wait(Session& session, const ContainerNamesFlags& flags) {
  Failures failures;
  for (const std::string& name : flags.names)
    failures.attempt([&] { std::cout << session.engine().wait_for_container(name) << std::endl; });
  failures.report();
  return 0;
}

int container_rename(Session& session, const ContainerRenameFlags& flags) {
  if (flags.container.empty() || flags.name.empty())
    throw Error(ErrorKind::invalid, "Error: Neither old nor new names may be empty");
  session.engine().command(flags.container, "rename?name=" + percent_encode(flags.name));
  return 0;
}

int container_rm(Session& session, const ContainerRmFlags& flags) {
  Failures failures;
  for (const std::string& name : flags.names) {
    failures.attempt([&] {
      session.engine().remove_container(name, flags.force, flags.volumes);
      std::cout << name << "\n";
    });
  }
  flags.force ? failures.report_forced(session.options().docker) : failures.report();
  return 0;
}

int container_attach(Session& session, const ContainerAttachFlags& flags) {
  const Inspected container = inspected(session, flags.container);
  if (!container.running) throw Error(ErrorKind::conflict, "You cannot attach to a stopped container, start it first");
  return attach_to(session, container,
                   {.input = !flags.no_stdin, .forward_signals = flags.sig_proxy, .detach_keys = flags.detach_keys}, 1);
}

}  // namespace stack::cli
