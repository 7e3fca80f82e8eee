#include "cli/commands/copy.h"

#include <algorithm>
#include <array>
#include <iostream>

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/model/reference.h"
#include "cli/commands/archive_output.h"
#include "cli/commands/copy_files.h"
#include "cli/commands/copy_paths.h"
#include "cli/commands/failures.h"
#include "cli/commands/replica_choice.h"
#include "cli/view/printable.h"
#include "cli/view/progress_view.h"

namespace stack::cli {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;

struct Ends {
  CopyPlace source, target;
  [[nodiscard]] bool goes_in() const { return !target.container.empty(); }
};

// `both`, `none`: what is said when both are places in containers, and when none is.
Ends ends_of(const std::string& source, const std::string& target, const char* both, const char* none) {
  if (source.empty()) throw Error(ErrorKind::invalid, "source can not be empty");
  if (target.empty()) throw Error(ErrorKind::invalid, "destination can not be empty");
  const Ends ends{parse_copy_place(source), parse_copy_place(target)};
  if (!ends.source.container.empty() && !ends.target.container.empty()) throw Error(ErrorKind::unsupported, both);
  if (ends.source.container.empty() && ends.target.container.empty())
    throw Error(ErrorKind::invalid, none).remedy("write one of the two as NAME:PATH");
  return ends;
}

// Standard input in a file without a name, as it is read more than once.
UniqueFd kept_input() {
  UniqueFd file{::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  if (!file) throw Error::from_errno(errno, "making a temporary file in /tmp");
  std::vector<char> block(kReadBytes);
  for (;;) {
    const ssize_t got = ::read(0, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error::from_errno(errno, "reading standard input");
    if (got == 0) return file;
    write_all(file, {block.data(), static_cast<std::size_t>(got)}, "keeping the archive in /tmp");
  }
}

void check_input() {
  if (::isatty(0) == 1)
    throw Error(ErrorKind::invalid, "cannot read an archive from a terminal").remedy("redirect one: < FILE");
}

// The containers of the service that are meant.
std::vector<model::Container> chosen(Session& session, const std::string& service, const CopyFlags& flags) {
  const Session::Target target = session.target({});
  check_service(session, target, service);
  std::vector<model::Container> found = session.engine().containers(target.name, true);
  std::erase_if(found, [&](const model::Container& each) {
    return each.spec.service != service || (each.spec.one_off && !flags.all) ||
           (flags.index != 0 && each.spec.replica != flags.index);
  });
  if (found.empty())
    throw Error(ErrorKind::not_found, "no container found for service \"" + service + "\"" +
                                          (flags.index != 0 ? " with index " + std::to_string(flags.index) : ""))
        .remedy("create it with: stack up -d " + service);
  std::ranges::stable_sort(found, {}, [](const model::Container& each) { return each.spec.replica; });
  return found;
}

// One copy with its lines of progress.
class CopyProgress {
 public:
  explicit CopyProgress(Session& session) : view_(session.progress_mode(), session.easel()) {}

  void run(const std::string& container, const std::function<void()>& work) {
    const model::Subject subject{model::SubjectKind::container, container};
    view_.show(model::Started{.subject = subject, .action = model::Action::copy});
    try {
      work();
    } catch (const Error&) {
      view_.show(model::Failed{subject, model::Action::copy});  // the caller reports why
      throw;
    }
    view_.show(model::Finished{subject, model::Action::copy});
  }

 private:
  ProgressView view_;
};

int print_dry_run(const Ends& ends, const std::vector<model::Container>& containers) {
  for (const model::Container& each : containers) {
    const std::string inside = each.spec.name + ":" + (ends.goes_in() ? ends.target.path : ends.source.path);
    std::cout << "copy " << (ends.goes_in() ? ends.source.path : inside) << " to "
              << (ends.goes_in() ? inside : ends.target.path) << "\n";
  }
  return 0;
}

void copy_to_all(Session& session, const Ends& ends, const std::vector<model::Container>& containers,
                 const CopyOptions& options) {
  UniqueFd kept;
  const bool from_input = ends.source.path == "-";
  if (from_input) check_input();
  if (from_input && containers.size() > 1) kept = kept_input();
  CopyProgress progress{session};
  Failures failures;
  for (const model::Container& each : containers) {
    failures.attempt([&] {
      progress.run(each.spec.name, [&] {
        if (!from_input)
          return copy_into(session.engine(), each.spec.name, ends.source.path, ends.target.path, options);
        if (kept && ::lseek(kept.get(), 0, SEEK_SET) != 0) throw Error::from_errno(errno, "reading the archive again");
        unpack_into(session.engine(), each.spec.name, kept ? BorrowedFd{kept} : BorrowedFd{0}, ends.target.path,
                    options);
      });
    });
  }
  failures.report();
}

void print_id(const std::string& id) { std::cout << id << "\n"; }

}  // namespace

int copy(Session& session, const CopyFlags& flags) {
  const Ends ends =
      ends_of(flags.source, flags.target, "copying between services is not supported", "unknown copy direction");
  const std::string& service = ends.goes_in() ? ends.target.container : ends.source.container;
  std::vector<model::Container> containers = chosen(session, service, flags);
  if (!ends.goes_in()) containers.resize(1);
  if (session.options().dry_run) return print_dry_run(ends, containers);
  const CopyOptions options{.archive = flags.archive, .follow_link = flags.follow_link};
  if (ends.goes_in()) {
    copy_to_all(session, ends, containers, options);
    return 0;
  }
  const model::Container& from = containers.front();
  if (ends.target.path == "-") {
    pack_out(session.engine(), from.spec.name, ends.source.path, options);
    return 0;
  }
  CopyProgress{session}.run(
      from.spec.name, [&] { copy_out(session.engine(), from.spec.name, ends.source.path, ends.target.path, options); });
  return 0;
}

int container_copy(Session& session, const ContainerCopyFlags& flags) {
  const Ends ends = ends_of(flags.source, flags.target, "copying between containers is not supported",
                            "must specify at least one container source");
  const CopyOptions options{.archive = flags.archive, .follow_link = flags.follow_link};
  client::EngineClient& engine = session.engine();
  const bool telling = !flags.quiet && session.err().is_terminal;
  if (ends.goes_in()) {
    const std::string& container = ends.target.container;
    if (ends.source.path == "-") {
      check_input();
      unpack_into(engine, container, BorrowedFd{0}, ends.target.path, options);
    } else {
      copy_into(engine, container, ends.source.path, ends.target.path, options);
    }
  } else if (ends.target.path == "-") {
    pack_out(engine, ends.source.container, ends.source.path, options);
    return 0;
  } else {
    copy_out(engine, ends.source.container, ends.source.path, ends.target.path, options);
  }
  if (telling) std::cerr << "Successfully copied to " << flags.target << "\n";
  return 0;
}

int commit(Session& session, const CommitFlags& flags) {
  const model::Container container = any_replica(session, flags.service, flags.index);
  if (session.options().dry_run) {
    std::cout << "commit " << container.spec.name << (flags.reference.empty() ? "" : " as " + flags.reference) << "\n";
    return 0;
  }
  print_id(session.engine().commit({.container = container.id,
                                    .reference = flags.reference,
                                    .author = flags.author,
                                    .comment = flags.message,
                                    .pause = flags.pause,
                                    .changes = flags.changes}));
  return 0;
}

int container_commit(Session& session, const ContainerCommitFlags& flags) {
  if (const std::string fault = flags.reference.empty() ? "" : model::reference_fault(flags.reference); !fault.empty())
    throw Error(ErrorKind::invalid, fault);
  print_id(session.engine().commit({.container = flags.container,
                                    .reference = flags.reference,
                                    .author = flags.author,
                                    .comment = flags.message,
                                    .pause = flags.pause,
                                    .changes = flags.changes}));
  return 0;
}

int container_diff(Session& session, const ContainerDiffFlags& flags) {
  constexpr std::array kLetters{'C', 'A', 'D'};
  for (const api::FileChange& change : session.engine().changes(flags.container)) {
    const bool known = change.kind >= 0 && change.kind < static_cast<int>(kLetters.size());
    std::cout << (known ? kLetters[static_cast<std::size_t>(change.kind)] : '?') << ' ' << printable(change.path)
              << "\n";
  }
  return 0;
}

int container_export(Session& session, const ContainerExportFlags& flags) {
  write_archive(flags.output, [&](BorrowedFd to) { session.engine().export_container(flags.container, to); });
  return 0;
}

}  // namespace stack::cli
