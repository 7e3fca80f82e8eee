// How long a command takes, from before its fork to its end, in milliseconds on one line.
//
//   bench_time [-m] [-i FILE] COMMAND ARGUMENT...
//
// -m: then its memory at its highest, in MB.
// -i FILE becomes its standard input. What the command prints goes nowhere; when it fails, its last words go to standard
// error and its exit code is ours.
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr off_t kWordsMax = 4096;

double now_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

int fail(const char* what, int err) {
  std::fprintf(stderr, "bench_time: %s: %s\n", what, std::strerror(err));
  return 125;
}

void print_last_words(int file) {
  std::array<char, kWordsMax> text;
  const off_t size = ::lseek(file, 0, SEEK_END);
  const off_t from = size > kWordsMax ? size - kWordsMax : 0;
  const ssize_t got = ::pread(file, text.data(), text.size(), from);
  if (got > 0) std::fwrite(text.data(), 1, static_cast<std::size_t>(got), stderr);
}

}  // namespace

int main(int argc, char** argv) {
  const char* input = "/dev/null";
  int first = 1;
  const bool memory = argc > 1 && std::strcmp(argv[1], "-m") == 0;
  if (memory) ++first;
  if (argc > first + 1 && std::strcmp(argv[first], "-i") == 0) {
    input = argv[first + 1];
    first += 2;
  }
  if (first >= argc) {
    std::fprintf(stderr, "usage: bench_time [-m] [-i FILE] COMMAND ARGUMENT...\n");
    return 2;
  }
  const int in = ::open(input, O_RDONLY | O_CLOEXEC);
  if (in < 0) return fail(input, errno);
  const int out = ::memfd_create("output", MFD_CLOEXEC);
  if (out < 0) return fail("memfd_create", errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, out, 2);
  const double begin = now_ms();
  pid_t pid = 0;
  if (const int err = ::posix_spawnp(&pid, argv[first], &actions, nullptr, argv + first, environ)) {
    return fail(argv[first], err);
  }
  int status = 0;
  rusage used{};
  while (::wait4(pid, &status, 0, &used) < 0) {
    if (errno != EINTR) return fail("wait4", errno);
  }
  const double end = now_ms();
  posix_spawn_file_actions_destroy(&actions);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (code != 0) {
    print_last_words(out);
    return code;
  }
  std::printf("%.3f", end - begin);
  if (memory) std::printf(" %.1f", static_cast<double>(used.ru_maxrss) / 1024);
  std::printf("\n");
  return 0;
}
