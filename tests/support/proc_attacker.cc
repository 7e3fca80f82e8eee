// The hostile program of a container: looks into every process that appears in its pid namespace, from the moment at
// which it appears, and says what it finds there of the host.
//   proc_attacker MARKER CAPABILITIES SECCOMP
// MARKER: a path that exists on the host only. CAPABILITIES: what the container may have, hexadecimal. SECCOMP: the mode
// that the container's processes have. It ends when /tmp/stop exists: "early N" processes were seen before they had
// become a program of the container; each "BAD ..." line is something that must not be.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

constexpr int kEnough = 2;  // early ones, until it says that the attack is worth something
constexpr int kAhead = 6;   // pids to try beyond the newest
constexpr const char* kUp = "/../../../../../../../../../../..";

std::string link_of(const std::string& path) {
  char target[4096];
  const ssize_t n = ::readlink(path.c_str(), target, sizeof target - 1);
  return n < 0 ? std::string() : std::string(target, static_cast<std::size_t>(n));
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string text_of(const std::string& path) {
  char text[8192];
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t n = fd < 0 ? -1 : ::read(fd, text, sizeof text);
  if (fd >= 0) ::close(fd);
  return n < 0 ? std::string() : std::string(text, static_cast<std::size_t>(n));
}

std::string field(const std::string& status, const char* key) {
  const std::size_t at = status.find(key);
  return at == std::string::npos ? std::string() : status.substr(at + std::strlen(key), 20);
}

class Attacker {
 public:
  explicit Attacker(char** argv)
      : marker_(argv[1]), allowed_(std::strtoull(argv[2], nullptr, 16)), seccomp_(std::atoi(argv[3])) {}

  void run() {
    int newest = ::getpid();
    std::puts("ready");
    std::fflush(stdout);
    for (unsigned round = 0; round % 64 != 0 || !exists("/tmp/stop"); ++round) {
      for (int pid = newest + 1; pid <= newest + kAhead; ++pid) {
        if (::kill(pid, SIGSTOP) != 0) continue;
        inspect(pid);
        ::kill(pid, SIGCONT);
        newest = pid;
      }
    }
    std::printf("early %d\n", early_);
  }

 private:
  void bad(int pid, const char* what, const std::string& detail) {
    std::printf("BAD %s of %d: %s\n", what, pid, detail.c_str());
    std::fflush(stdout);
  }

  void inspect(int pid) {
    const std::string folder = "/proc/" + std::to_string(pid);
    if (exists(folder + "/root" + marker_)) bad(pid, "root", link_of(folder + "/root"));
    if (exists(folder + "/cwd" + kUp + marker_)) bad(pid, "cwd", link_of(folder + "/cwd"));
    descriptors(pid, folder + "/fd/");
    maps(pid, folder + "/map_files/");
    const std::string exe = link_of(folder + "/exe");
    const std::string status = text_of(folder + "/status");
    if (exe.find("memfd:") == std::string::npos) return;
    if (++early_ == kEnough) {
      std::puts("enough");
      std::fflush(stdout);
    }
    if (::open((folder + "/exe").c_str(), O_WRONLY | O_CLOEXEC) >= 0) bad(pid, "exe", "writable");
    for (const char* key : {"CapPrm:\t", "CapEff:\t", "CapBnd:\t", "CapInh:\t", "CapAmb:\t"}) {
      if ((std::strtoull(field(status, key).c_str(), nullptr, 16) & ~allowed_) != 0) bad(pid, key, field(status, key));
    }
    const std::string filter = field(status, "Seccomp:\t");
    if (!status.empty() && std::atoi(filter.c_str()) != seccomp_) bad(pid, "seccomp", filter);
  }

  void descriptors(int pid, const std::string& folder) {
    DIR* open = ::opendir(folder.c_str());
    if (open == nullptr) return;
    while (const dirent* entry = ::readdir(open)) {
      if (entry->d_name[0] == '.') continue;
      const std::string target = link_of(folder + entry->d_name);
      if (exists(folder + entry->d_name + kUp + marker_)) bad(pid, "way up from descriptor", target);
      struct stat info {};
      if (::stat((folder + entry->d_name).c_str(), &info) != 0) continue;
      const bool stream = S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode) || S_ISCHR(info.st_mode);
      if (!stream || std::atoi(entry->d_name) > 3) bad(pid, "descriptor", entry->d_name + (" " + target));
    }
    ::closedir(open);
  }

  void maps(int pid, const std::string& folder) {
    DIR* open = ::opendir(folder.c_str());
    if (open == nullptr) return;
    while (const dirent* entry = ::readdir(open)) {
      const std::string target = link_of(folder + entry->d_name);
      if (target.find("memfd:") == std::string::npos && target.find(".so") != std::string::npos) {
        bad(pid, "mapping", target);
      }
      if (::open((folder + entry->d_name).c_str(), O_WRONLY | O_CLOEXEC) >= 0 &&
          target.find("memfd:") != std::string::npos)
        bad(pid, "writable mapping", target);
    }
    ::closedir(open);
  }

  std::string marker_;
  unsigned long long allowed_;
  int seccomp_;
  int early_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  Attacker(argv).run();
  return 0;
}
