// stack-shim: one per container. See engine/shim/protocol.h for its requests and engine/shim/shim_service.h for what it
// does.
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/standard_streams.h"
#include "base/unique_fd.h"
#include "engine/sandbox/child_init.h"
#include "engine/shim/protocol.h"
#include "engine/shim/shim_service.h"

int main(int, char** argv) {
  if (stack::sandbox::is_init(argv)) stack::sandbox::serve_as_init();
  stack::open_missing_streams();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::prctl(PR_SET_NAME, "stack-shim", 0, 0, 0);
  // Its memory and descriptors are nobody's business inside a container that it enters.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::umask(0);
  if (::chdir("/") != 0) return 1;
  struct stat info {};
  if (::fstat(stack::shim::kControlFd, &info) != 0 || !S_ISSOCK(info.st_mode)) {
    constexpr char kText[] = "stack-shim is started by stackd, not by hand\n";
    return ::write(STDERR_FILENO, kText, sizeof kText - 1) < 0 ? 1 : 2;
  }
  static_assert(stack::shim::kControlFd == 3);
  stack::UniqueFd control{::fcntl(stack::shim::kControlFd, F_DUPFD_CLOEXEC, stack::shim::kControlFd + 1)};
  ::close(stack::shim::kControlFd);
  static stack::shim::Service service(std::move(control));
  service.run();
  return 0;
}
