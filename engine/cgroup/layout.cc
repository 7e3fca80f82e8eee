#include "engine/cgroup/layout.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"

namespace stack::cgroup {
namespace {

constexpr std::string_view kKnown[] = {"cpu",  "cpuacct", "cpuset",  "memory",     "devices",  "freezer", "blkio",
                                       "pids", "net_cls", "hugetlb", "perf_event", "net_prio", "rdma",    "misc"};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t at = text.find(separator);
    if (at != 0) parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return parts;
}

// mountinfo writes space, tab, newline and backslash as three octal digits.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octal = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && i + 3 < text.size() && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      out.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0')));
      i += 3;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

}  // namespace

const std::string* Layout::find(std::string_view controller) const {
  for (const Hierarchy& hierarchy : v1) {
    if (std::ranges::find(hierarchy.controllers, controller) != hierarchy.controllers.end()) {
      return &hierarchy.mount_point;
    }
  }
  return nullptr;
}

std::vector<std::string> Layout::folders(std::string_view path) const {
  std::vector<std::string> all;
  for (const Hierarchy& hierarchy : v1) all.push_back(hierarchy.mount_point + "/" + std::string(path));
  if (!v2.empty()) all.push_back(v2 + "/" + std::string(path));
  return all;
}

std::string Layout::folder(std::string_view controller, std::string_view path) const {
  if (mode == Mode::v2) return v2 + "/" + std::string(path);
  const std::string* mount = find(controller);
  return mount ? *mount + "/" + std::string(path) : std::string();
}

Layout parse_layout(std::string_view mountinfo) {
  Layout layout;
  for (const std::string_view line : split(mountinfo, '\n')) {
    const auto fields = split(line, ' ');
    const auto dash = std::ranges::find(fields, std::string_view("-"));
    if (fields.size() < 10 || dash == fields.end() || fields.end() - dash < 4 || dash - fields.begin() < 6) continue;
    const std::string_view type = dash[1];
    const std::string mount_point = unescape(fields[4]);
    if (type == "cgroup2") {
      if (layout.v2.empty()) layout.v2 = mount_point;
    } else if (type == "cgroup") {
      Hierarchy hierarchy{{}, mount_point};
      for (const std::string_view option : split(dash[3], ',')) {
        if (std::ranges::find(kKnown, option) != std::end(kKnown) || option.starts_with("name=")) {
          hierarchy.controllers.emplace_back(option);
        }
      }
      const bool again = std::ranges::any_of(
          layout.v1, [&](const Hierarchy& other) { return other.controllers == hierarchy.controllers; });
      if (!hierarchy.controllers.empty() && !again) layout.v1.push_back(std::move(hierarchy));
    }
  }
  if (layout.v1.empty() && layout.v2.empty()) {
    throw Error(ErrorKind::unsupported, "no control group hierarchy is mounted")
        .remedy("mount one: mount -t cgroup2 none /sys/fs/cgroup");
  }
  layout.mode = layout.v1.empty() ? Mode::v2 : layout.v2.empty() ? Mode::v1 : Mode::hybrid;
  return layout;
}

Layout detect_layout() {
  const auto text = read_file("/proc/self/mountinfo");
  if (!text) throw Error(ErrorKind::unsupported, "/proc is not mounted");
  return parse_layout(*text);
}

}  // namespace stack::cgroup
