#include "cli/commands/docker_objects.h"

#include <array>
#include <iostream>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/percent.h"
#include "cli/commands/failures.h"
#include "cli/view/container_rows.h"
#include "cli/view/docker_about.h"
#include "cli/view/format_json.h"
#include "cli/view/table.h"
#include "engine/client/unix_socket.h"

namespace stack::cli {
namespace {

struct Kind {
  const char* name;
  std::string (*target)(const std::string& name, bool size);
};

constexpr std::array kKinds{
    Kind{"container",
         [](const std::string& name, bool size) {
           return "/containers/" + percent_encode(name) + "/json?size=" + (size ? "1" : "0");
         }},
    Kind{"image", [](const std::string& name, bool) { return "/images/" + percent_encode(name) + "/json"; }},
    Kind{"network", [](const std::string& name, bool) { return "/networks/" + percent_encode(name); }},
    Kind{"volume", [](const std::string& name, bool) { return "/volumes/" + percent_encode(name); }},
};

std::string found_object(Session& session, const InspectFlags& flags, const std::string& name) {
  for (const Kind& kind : kKinds) {
    if (!flags.type.empty() && flags.type != kind.name) continue;
    try {
      return session.engine().get(kind.target(name, flags.size));
    } catch (const Error& error) {
      if (!flags.type.empty() || error.kind() != ErrorKind::not_found) throw;
    }
  }
  throw Error(ErrorKind::not_found, "No such object: " + name);
}

void check_type(const std::string& type) {
  if (type.empty()) return;
  for (const Kind& kind : kKinds) {
    if (type == kind.name) return;
  }
  throw Error(ErrorKind::invalid,
              "unknown type: \"" + type +
                  "\": must be one of \"config\", \"container\", \"image\", \"network\", \"node\", \"plugin\", "
                  "\"secret\", \"service\", \"task\", \"volume\"");
}

std::string address_of(const Session& session) { return "unix://" + session.socket_path(); }

void check_context(const std::string& name) {
  if (name == "default") return;
  throw Error(ErrorKind::not_found, "context \"" + name + "\": context not found")
      .remedy("there is the context default only; DOCKER_HOST and --host name another engine");
}

// Bytes from one end to the other; false at the end of `from`.
bool carry(int from, BorrowedFd to, std::array<char, 64 << 10>& block) {
  const ssize_t got = ::read(from, block.data(), block.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (got < 0) throw Error::from_errno(errno, "reading");
  if (got > 0) write_all(to, {block.data(), static_cast<std::size_t>(got)}, "writing");
  return got > 0;
}

}  // namespace

int inspect(Session& session, const InspectFlags& flags) {
  check_type(flags.type);
  std::vector<std::string> found;
  Failures failures;
  for (const std::string& name : flags.names)
    failures.attempt([&] { found.push_back(found_object(session, flags, name)); });
  std::cout << (flags.format.empty() ? inspect_list(found) + "\n" : format_objects(flags.format, inspect_lines(found)));
  failures.report();
  return 0;
}

int docker_version(Session& session, const DockerVersionFlags& flags) {
  std::string server;
  Failures failures;
  failures.attempt([&] { server = session.engine().get("/version"); });
  const ClientAbout client{.version = STACK_VERSION, .os = "linux", .arch = machine_arch()};
  std::cout << (flags.format.empty() ? version_text(client, server)
                                     : format_rows(flags.format, version_line(client, server), {}));
  failures.report();
  return 0;
}

int docker_info(Session& session, const DockerInfoFlags& flags) {
  const std::string answer = session.engine().get("/info");
  const ClientAbout client{.version = STACK_VERSION, .os = "linux", .arch = machine_arch()};
  std::cout << (flags.format.empty() ? docker_info_text(client, answer)
                                     : format_rows(flags.format, docker_info_line(client, answer), {}));
  return 0;
}

int dial_stdio(Session& session) {
  session.engine();
  const UniqueFd connection = client::connect_unix(session.socket_path());
  std::array<char, 64 << 10> block;
  bool input = true;
  for (;;) {
    std::array<pollfd, 2> waits{{{input ? 0 : -1, POLLIN, 0}, {connection.get(), POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), -1) < 0) {
      if (errno == EINTR) continue;
      throw Error::from_errno(errno, "waiting");
    }
    if (waits[0].revents != 0 && !carry(0, connection, block)) {
      input = false;
      ::shutdown(connection.get(), SHUT_WR);
    }
    if (waits[1].revents != 0 && !carry(connection.get(), BorrowedFd{1}, block)) return 0;
  }
}

int context_ls(Session& session, const ContextLsFlags& flags) {
  if (flags.quiet) {
    std::cout << "default\n";
  } else if (flags.format == "table") {
    std::cout << table({"NAME", "DESCRIPTION", "DOCKER ENDPOINT", "ERROR"},
                       {{"default *", "Current DOCKER_HOST based configuration", address_of(session), ""}});
  } else {
    std::cout << format_rows(flags.format, context_line(address_of(session)), {});
  }
  return 0;
}

int context_show(Session&) {
  std::cout << "default\n";
  return 0;
}

int context_use(Session&, const ContextNameFlags& flags) {
  check_context(flags.name);
  std::cout << "default\n";
  std::cerr << "Current context is now \"default\"\n";
  return 0;
}

int context_inspect(Session& session, const ContextInspectFlags& flags) {
  for (const std::string& name : flags.names) check_context(name);
  const std::string object = context_object(address_of(session));
  std::cout << (flags.format.empty() ? inspect_list({object}) + "\n"
                                     : format_objects(flags.format, inspect_lines({object})));
  return 0;
}

}  // namespace stack::cli
