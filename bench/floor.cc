// What the kernel alone needs for a container: clone3 with namespaces, overlayfs, pivot_root, a veth into a bridge,
// execve of a static program. No limits, no filters, no log, no daemon: the figure that the promises of BUDGETS.md are
// ratios of.
//
//   floor once        one container to the end of its program
//   floor many N      N containers at once until each has called execve, then all torn down
//   floor exec        one further process in a running container, to its end
//
// Runs in mount and network namespaces of its own and prints one line of JSON, milliseconds, the median of some rounds.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 21;
constexpr int kManyRounds = 5;
constexpr int kManyMax = 500;
constexpr const char* kBridge = "floor0";

[[noreturn]] void die(const char* step) {
  std::fprintf(stderr, "floor: %s: %s\n", step, std::strerror(errno));
  std::_Exit(1);
}

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// One rtnetlink message, built by hand: this program measures the kernel, not a library.
class Message {
 public:
  Message(std::uint16_t type, std::uint16_t flags) {
    header()->nlmsg_type = type;
    header()->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    header()->nlmsg_len = NLMSG_HDRLEN;
  }
  void link(unsigned change) {
    ifinfomsg info{};
    info.ifi_flags = change;
    info.ifi_change = change;
    put(&info, sizeof info);
  }
  std::uint32_t begin(std::uint16_t type) {
    const std::uint32_t at = header()->nlmsg_len;
    rtattr part{};
    part.rta_type = type;
    put(&part, sizeof part);
    return at;
  }
  void end(std::uint32_t at) {
    reinterpret_cast<rtattr*>(bytes_ + at)->rta_len = static_cast<std::uint16_t>(header()->nlmsg_len - at);
  }
  void add(std::uint16_t type, const void* data, std::size_t size) {
    const std::uint32_t at = begin(type);
    put(data, size);
    reinterpret_cast<rtattr*>(bytes_ + at)->rta_len = static_cast<std::uint16_t>(RTA_LENGTH(size));
  }
  void raw_link() {
    const ifinfomsg info{};
    put(&info, sizeof info);
  }
  void send(int socket) {
    if (::send(socket, bytes_, header()->nlmsg_len, 0) < 0) die("netlink");
    char answer[4096];
    if (::recv(socket, answer, sizeof answer, 0) < 0) die("netlink");
    const auto* head = reinterpret_cast<nlmsghdr*>(answer);
    const int err = static_cast<const nlmsgerr*>(NLMSG_DATA(head))->error;
    if (err != 0) {
      errno = -err;
      die("netlink");
    }
  }

 private:
  nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(bytes_); }
  void put(const void* data, std::size_t size) {
    std::memcpy(bytes_ + header()->nlmsg_len, data, size);
    header()->nlmsg_len += static_cast<std::uint32_t>(NLMSG_ALIGN(size));
  }
  alignas(8) char bytes_[1024] = {};
};

void make_bridge(int socket) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.link(IFF_UP);
  message.add(IFLA_IFNAME, kBridge, std::strlen(kBridge) + 1);
  const std::uint32_t info = message.begin(IFLA_LINKINFO);
  message.add(IFLA_INFO_KIND, "bridge", 6);
  message.end(info);
  message.send(socket);
}

void make_veth(int socket, int space) {
  // The kernel removes the last round's devices in its own time, so a name is used once.
  static int made = 0;
  const std::string name = "fl" + std::to_string(made++);
  const int bridge = static_cast<int>(::if_nametoindex(kBridge));
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.link(IFF_UP);
  message.add(IFLA_IFNAME, name.c_str(), name.size() + 1);
  message.add(IFLA_MASTER, &bridge, sizeof bridge);
  const std::uint32_t info = message.begin(IFLA_LINKINFO);
  message.add(IFLA_INFO_KIND, "veth", 4);
  const std::uint32_t data = message.begin(IFLA_INFO_DATA);
  const std::uint32_t peer = message.begin(VETH_INFO_PEER);
  message.raw_link();
  message.add(IFLA_IFNAME, "eth0", 5);
  message.add(IFLA_NET_NS_FD, &space, sizeof space);
  message.end(peer);
  message.end(data);
  message.end(info);
  message.send(socket);
}

void interface_up(const char* name) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, name);
  if (::ioctl(socket, SIOCGIFFLAGS, &request) != 0) die(name);
  request.ifr_flags |= IFF_UP;
  if (::ioctl(socket, SIOCSIFFLAGS, &request) != 0) die(name);
  ::close(socket);
}

struct Box {
  pid_t pid = 0;
  int pidfd = -1;
  int line = -1;
};

[[noreturn]] void child(const std::string& root, int number, int line, char* const* argv) {
  const std::string dir = root + "/box" + std::to_string(number);
  const std::string merged = dir + "/rootfs";
  const std::string data = "lowerdir=" + root + "/image,upperdir=" + dir + "/upper,workdir=" + dir + "/work";
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) die("slave");
  if (::mount("overlay", merged.c_str(), "overlay", 0, data.c_str()) != 0) die("overlay");
  if (::mount("proc", (merged + "/proc").c_str(), "proc", 0, nullptr) != 0) die("proc");
  if (::chdir(merged.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 || ::umount2(".", MNT_DETACH) != 0) {
    die("pivot_root");
  }
  char byte = 0;
  if (::read(line, &byte, 1) != 1) die("go");
  interface_up("lo");
  interface_up("eth0");
  ::execve(argv[0], argv, nullptr);
  die("execve");
}

Box start(const std::string& root, int netlink, int number, char* const* argv) {
  int line[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) != 0) die("socketpair");
  const std::string dir = root + "/box" + std::to_string(number);
  for (const char* name : {"", "/upper", "/work", "/rootfs"}) ::mkdir((dir + name).c_str(), 0755);
  Box box;
  clone_args args{};
  args.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&box.pidfd);
  args.exit_signal = SIGCHLD;
  box.pid = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
  if (box.pid < 0) die("clone3");
  if (box.pid == 0) child(root, number, line[1], argv);
  ::close(line[1]);
  box.line = line[0];
  const int space = ::open(("/proc/" + std::to_string(box.pid) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
  if (space < 0) die("network namespace");
  make_veth(netlink, space);
  ::close(space);
  if (::write(box.line, "g", 1) != 1) die("go");
  return box;
}

// Close-on-exec of the other end: the program runs.
void until_exec(Box& box) {
  char byte = 0;
  if (::read(box.line, &byte, 1) != 0) die("line");
  ::close(box.line);
}

void reap(Box& box) {
  int status = 0;
  while (::waitpid(box.pid, &status, 0) < 0 && errno == EINTR) continue;
  ::close(box.pidfd);
}

void empty_boxes(const std::string& root, int count) {
  for (int i = 0; i < count; ++i) fs::remove_all(root + "/box" + std::to_string(i));
}

char* const kTrue[] = {const_cast<char*>("/bin/true"), nullptr};
char* const kSleep[] = {const_cast<char*>("/bin/sleep"), const_cast<char*>("1000"), nullptr};

void once(const std::string& root, int netlink) {
  std::vector<double> all;
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = Clock::now();
    Box box = start(root, netlink, 0, kTrue);
    until_exec(box);
    reap(box);
    all.push_back(ms_since(begin));
    empty_boxes(root, 1);
  }
  std::printf("{\"mode\":\"once\",\"ms\":%.3f}\n", median(all));
}

void many(const std::string& root, int netlink, int count) {
  std::vector<double> up, down;
  for (int round = 0; round < kManyRounds; ++round) {
    std::vector<Box> boxes;
    auto begin = Clock::now();
    for (int i = 0; i < count; ++i) boxes.push_back(start(root, netlink, i, kSleep));
    for (Box& box : boxes) until_exec(box);
    up.push_back(ms_since(begin));
    begin = Clock::now();
    for (Box& box : boxes) ::kill(box.pid, SIGKILL);
    for (Box& box : boxes) reap(box);
    down.push_back(ms_since(begin));
    empty_boxes(root, count);
  }
  std::printf("{\"mode\":\"many\",\"count\":%d,\"up_ms\":%.3f,\"down_ms\":%.3f}\n", count, median(up), median(down));
}

void exec(const std::string& root, int netlink) {
  Box box = start(root, netlink, 0, kSleep);
  until_exec(box);
  std::vector<double> all;
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = Clock::now();
    const pid_t outer = ::fork();
    if (outer == 0) {
      if (::setns(box.pidfd, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0)
        die("setns");
      const pid_t inner = ::fork();
      if (inner == 0) {
        ::execve(kTrue[0], kTrue, nullptr);
        die("execve");
      }
      int status = 0;
      ::waitpid(inner, &status, 0);
      std::_Exit(WEXITSTATUS(status));
    }
    int status = 0;
    ::waitpid(outer, &status, 0);
    all.push_back(ms_since(begin));
    if (status != 0) die("exec");
  }
  ::kill(box.pid, SIGKILL);
  reap(box);
  std::printf("{\"mode\":\"exec\",\"ms\":%.3f}\n", median(all));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const int count = argc > 2 ? std::atoi(argv[2]) : 50;
  if ((mode != "once" && mode != "many" && mode != "exec") || count < 1 || count > kManyMax) {
    std::fprintf(stderr, "usage: floor once | many N (1 to %d) | exec\n", kManyMax);
    return 2;
  }
  if (::unshare(CLONE_NEWNS | CLONE_NEWNET) != 0) die("unshare");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) die("private mounts");
  std::string root = "/tmp/floor-XXXXXX";
  if (::mkdtemp(root.data()) == nullptr || ::mount("tmpfs", root.c_str(), "tmpfs", 0, "mode=755") != 0) die("folder");
  fs::create_directories(root + "/image/bin");
  fs::create_directories(root + "/image/proc");
  fs::copy_file("/bin/busybox", root + "/image/bin/busybox");
  for (const char* name : {"true", "sleep"}) fs::create_symlink("busybox", root + "/image/bin/" + name);
  const int netlink = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) die("netlink");
  make_bridge(netlink);
  if (mode == "once") once(root, netlink);
  if (mode == "many") many(root, netlink, count);
  if (mode == "exec") exec(root, netlink);
  std::fflush(stdout);
  ::umount2(root.c_str(), MNT_DETACH);
  fs::remove(root);
  return 0;
}
