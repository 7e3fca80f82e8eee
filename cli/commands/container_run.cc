#include "cli/commands/container_run.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iostream>

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/scope_guard.h"
#include "cli/commands/api_socket.h"
#include "cli/commands/creation_request.h"
#include "cli/commands/docker_config.h"
#include "cli/commands/exit_codes.h"
#include "cli/commands/failures.h"
#include "cli/commands/flag_error.h"
#include "cli/commands/pull.h"
#include "cli/commands/run_failed.h"
#include "engine/client/attach_client.h"
#include "engine/client/engine_error.h"

namespace stack::cli {
namespace {

// As Docker's client tells it by the words: 127 for what does not exist, 126 for what may not be used.
int not_created_code(const Error& error) {
  const int code = exit_code_of(error, kNotCreated);
  if (dynamic_cast<const client::EngineError*>(&error) == nullptr) return code;  // of the command's own files
  std::string words = error.message();
  std::ranges::transform(words, words.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (code != kNotCreated) return code;
  if (words.find("no such file or directory") != std::string::npos) return 127;
  return words.find("permission denied") != std::string::npos ? 126 : code;
}

// Runs `work`; its failure gets the exit code of a container that did not come to be.
template <class F>
auto creating(F work) {
  try {
    return work();
  } catch (const FlagError&) {
    throw;
  } catch (const client::EngineError& error) {
    throw RunFailed{error, true, not_created_code(error)};
  } catch (const Error& error) {
    throw RunFailed{error, false, not_created_code(error)};
  }
}

// A file that gets the id of the container, and goes again when there is none.
class IdFile {
 public:
  explicit IdFile(std::string path) : path_(std::move(path)) {
    if (path_.empty()) return;
    if (::access(path_.c_str(), F_OK) == 0) {
      throw Error(ErrorKind::conflict,
                  "container ID file found, make sure the other container isn't running or delete " + path_);
    }
    fd_ = UniqueFd{::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
    if (fd_.get() < 0) throw Error::from_errno(errno, "failed to create the container ID file: open " + path_);
  }
  IdFile(const IdFile&) = delete;
  IdFile& operator=(const IdFile&) = delete;
  ~IdFile() {
    if (fd_.get() >= 0 && !written_) ::unlink(path_.c_str());
  }

  void write(const std::string& id) {
    if (fd_.get() < 0) return;
    write_all(fd_, id, "writing the container ID file");
    written_ = true;
  }

 private:
  std::string path_;
  UniqueFd fd_;
  bool written_ = false;
};

void check_pull(const std::string& word) {
  if (word == "always" || word == "missing" || word == "never") return;
  throw Error(ErrorKind::invalid,
              "invalid pull option: '" + word + "': must be one of \"always\", \"missing\" or \"never\"");
}

std::string with_tag(const std::string& name) {
  const bool tagged = name.find('@') != std::string::npos || name.find(':', name.rfind('/') + 1) != std::string::npos;
  return tagged ? name : name + ":latest";
}

Created create(Session& session, const ContainerFlags& flags, AttachedStreams attached, bool unsigned_too) {
  attached.terminal = terminal_size(STDOUT_FILENO);
  const std::string body = creating([&] {
    check_trust(unsigned_too);
    check_pull(flags.pull);
    return creation_request(flags, attached);
  });
  IdFile id_file{flags.cidfile};
  const std::string platform = flags.platform.empty() ? default_platform() : flags.platform;
  const auto fetch = [&] { fetch_image(session, with_tag(flags.image), platform, flags.quiet, STDERR_FILENO); };
  const auto ask = [&] { return parse_created(session.engine().create_container(flags.name, platform, body)); };
  if (flags.pull == "always") fetch();
  Created created;
  try {
    created = ask();
  } catch (const client::EngineError& error) {
    // Of all that may be missing, the image is what a pull can bring.
    const bool missing = error.kind() == ErrorKind::not_found && (error.message().starts_with("No such image") ||
                                                                  error.message().starts_with("image with reference"));
    if (!missing || flags.pull != "missing") throw;
    if (!flags.quiet) std::cerr << "Unable to find image '" << with_tag(flags.image) << "' locally\n";
    fetch();
    created = ask();
  }
  if (wants_api_config(flags)) put_api_config(session.engine(), created.id, DockerConfig{}.portable());
  for (const std::string& warning : created.warnings) std::cerr << "WARNING: " << warning << "\n";
  id_file.write(created.id);
  return created;
}

void check_terminal(const ContainerFlags& flags, const AttachedStreams& attached) {
  if (attached.input && flags.tty && ::isatty(0) == 0) throw Error(ErrorKind::invalid, "the input device is not a TTY");
}

}  // namespace

int container_create(Session& session, const ContainerCreateFlags& flags) {
  const AttachedStreams attached = attached_streams(flags.container, false);
  const Created created = create(session, flags.container, attached, flags.unsigned_too);
  std::cout << created.id << "\n";
  return 0;
}

int container_run(Session& session, const ContainerRunFlags& flags) {
  const ContainerFlags& container = flags.container;
  const AttachedStreams attached = attached_streams(container, flags.detach);
  if (!flags.detach) check_terminal(container, attached);
  parse_detach_keys(flags.detach_keys);
  const Created created = creating([&] { return create(session, container, attached, flags.unsigned_too); });
  if (!attached.input && !attached.output && !attached.errors) {
    // As Docker's client prints it, of one that could not start as well: it is there to be looked at.
    const ScopeGuard told{[&] { std::cout << created.id << "\n"; }};
    creating([&] { session.engine().start_container(created.id); });
    return 0;
  }
  const client::AttachOptions options{.container = created.id,
                                      .tty = container.tty,
                                      .input = attached.input,
                                      .output = attached.output,
                                      .errors = attached.errors,
                                      .start = true,
                                      .removes_itself = container.remove,
                                      .forward_signals = flags.sig_proxy,
                                      .detach_keys = flags.detach_keys};
  const auto code = creating([&] { return client::run_attached(session.socket_path(), session.engine(), options); });
  return code.value_or(0);
}

int container_update(Session& session, const ContainerUpdateFlags& flags) {
  const std::string change = change_request(flags.container);
  Failures failures;
  std::vector<std::string> warnings;
  for (const std::string& name : flags.names) {
    failures.attempt([&] {
      for (std::string& warning : parse_change_warnings(session.engine().update_container(name, change)))
        warnings.push_back(std::move(warning));
      std::cout << name << "\n";
    });
  }
  for (const std::string& warning : warnings) std::cerr << warning << "\n";
  failures.report();
  return 0;
}

}  // namespace stack::cli
