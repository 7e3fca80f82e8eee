#include "cli/commands/build_results.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/pipe.h"
#include "base/scope_guard.h"
#include "cli/commands/archive_output.h"
#include "cli/commands/run_build.h"

namespace stack::cli {
namespace {

// The system's tar, which unpacks below `folder` what is written to its input. Its files belong to this user.
class Unpacking {
 public:
  explicit Unpacking(const std::string& folder) {
    Pipe pipe;
    input_ = std::move(pipe.writing);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    const ScopeGuard destroy{[&] { ::posix_spawn_file_actions_destroy(&actions); }};
    ::posix_spawn_file_actions_adddup2(&actions, pipe.reading.get(), 0);
    std::string at = folder;
    std::array<std::string, 5> words{"tar", "-xf", "-", "--no-same-owner", "-C"};
    std::array<char*, 7> arguments{words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                                   words[4].data(), at.data(),       nullptr};
    const int failed = ::posix_spawnp(&process_, "tar", &actions, nullptr, arguments.data(), environ);
    if (failed != 0) throw Error::from_errno(failed, "running tar");
  }
  Unpacking(const Unpacking&) = delete;
  Unpacking& operator=(const Unpacking&) = delete;
  ~Unpacking() {
    input_ = {};
    if (process_ > 0) ::waitpid(process_, nullptr, 0);
  }
  [[nodiscard]] BorrowedFd input() const { return input_; }
  // Throws stack::Error when it could not unpack everything.
  void finish() {
    input_ = {};
    int status = 0;
    const pid_t process = std::exchange(process_, 0);
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw Error("tar could not unpack the image's files");
  }

 private:
  UniqueFd input_;
  pid_t process_ = 0;
};

void unpack(Session& session, const std::string& image, const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw Error::from_errno(failed.value(), "making " + folder);
  ::signal(SIGPIPE, SIG_IGN);  // a tar that fails is told by its exit code
  Unpacking unpacking{folder};
  session.engine().export_image(image, unpacking.input());
  unpacking.finish();
}

void deliver_to(Session& session, const api::BuildDone& done, const BuildDestination& to, bool quiet) {
  using Kind = BuildDestination::Kind;
  const std::string file = to.path == "-" ? std::string{} : to.path;
  switch (to.kind) {
    case Kind::image:
      return;
    case Kind::registry:
      return push_names(session, done.tags, quiet);
    case Kind::folder:
      return unpack(session, done.image_id, to.path);
    case Kind::tar:
      return write_archive(file, [&](BorrowedFd out) { session.engine().export_image(done.image_id, out); });
    case Kind::archive: {
      const std::vector<std::string> names = done.tags.empty() ? std::vector{done.image_id} : done.tags;
      return write_archive(file, [&](BorrowedFd out) { session.engine().save_images(names, out); });
    }
  }
}

void discard(Session& session, const std::string& image_id) {
  const auto images = session.engine().images();
  const auto found = std::ranges::find(images, image_id, &model::Image::id);
  if (found == images.end() || !found->references.empty()) return;
  for (const Error& error : session.engine().remove_images({image_id}, false).errors) session.warn(error.render());
}

}  // namespace

bool are_files(const std::vector<BuildDestination>& destinations) {
  using Kind = BuildDestination::Kind;
  return !destinations.empty() && std::ranges::all_of(destinations, [](const BuildDestination& each) {
    return each.kind == Kind::folder || each.kind == Kind::tar;
  });
}

void deliver(Session& session, const api::BuildDone& done, const std::vector<BuildDestination>& destinations,
             bool quiet) {
  std::exception_ptr failed;
  try {
    for (const BuildDestination& to : destinations) deliver_to(session, done, to, quiet);
  } catch (const Error&) {
    failed = std::current_exception();
  }
  if (done.is_new && are_files(destinations)) {
    try {
      discard(session, done.image_id);
    } catch (const Error& error) {
      if (!failed) throw;
      session.warn(error.render());
    }
  }
  if (failed) std::rethrow_exception(failed);
}

}  // namespace stack::cli
