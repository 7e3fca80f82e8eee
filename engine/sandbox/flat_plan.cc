#include "engine/sandbox/flat_plan.h"

#include <cstring>
#include <initializer_list>

namespace stack::sandbox {
namespace {

constexpr std::uint32_t kMessageWordBytes = 4;
constexpr std::uint32_t kWordMax = 3;

class Checker {
 public:
  Checker(const char* base, std::size_t size) noexcept : base_(base), size_(size) {}

  [[nodiscard]] bool array(Span span, std::size_t element, std::size_t extra = 0) const noexcept {
    const std::uint64_t bytes = (std::uint64_t{span.count} + extra) * element;
    return span.offset % 8 == 0 && span.offset <= size_ && bytes <= size_ - span.offset;
  }
  [[nodiscard]] bool text(Span span) const noexcept {
    return span.offset < size_ && span.count < size_ - span.offset && base_[span.offset + span.count] == '\0' &&
           std::memchr(base_ + span.offset, '\0', span.count) == nullptr;
  }
  [[nodiscard]] bool bytes(Span span) const noexcept { return span.offset < size_ && span.count < size_ - span.offset; }
  template <class T>
  [[nodiscard]] const T* at(Span span) const noexcept {
    return reinterpret_cast<const T*>(base_ + span.offset);
  }

  [[nodiscard]] bool steps(Span span) const noexcept {
    if (!array(span, sizeof(FlatStep))) return false;
    const auto* step = at<FlatStep>(span);
    for (std::uint32_t i = 0; i < span.count; ++i) {
      if (!text(step[i].a) || !bytes(step[i].b) || !text(step[i].c)) return false;
      if (base_[step[i].b.offset + step[i].b.count] != '\0') return false;
    }
    return true;
  }
  [[nodiscard]] bool texts(Span span) const noexcept {
    if (!array(span, sizeof(Span))) return false;
    for (std::uint32_t i = 0; i < span.count; ++i) {
      if (!text(at<Span>(span)[i])) return false;
    }
    return true;
  }
  // Offsets of texts with `zeros` empty places behind.
  [[nodiscard]] bool table(Span span, std::size_t zeros) const noexcept {
    if (!array(span, sizeof(std::uint64_t), zeros)) return false;
    const auto* entry = at<std::uint64_t>(span);
    for (std::uint32_t i = 0; i < span.count; ++i) {
      if (entry[i] >= size_ || std::memchr(base_ + entry[i], '\0', size_ - entry[i]) == nullptr) return false;
    }
    for (std::size_t i = 0; i < zeros; ++i) {
      if (entry[span.count + i] != 0) return false;
    }
    return true;
  }
  [[nodiscard]] bool messages(Span span) const noexcept {
    if (!array(span, sizeof(FlatMessage))) return false;
    const auto* message = at<FlatMessage>(span);
    for (std::uint32_t i = 0; i < span.count; ++i) {
      if (!array(message[i].bytes, 1) || !array(message[i].patches, sizeof(FlatPatch))) return false;
      const auto* patch = at<FlatPatch>(message[i].patches);
      for (std::uint32_t k = 0; k < message[i].patches.count; ++k) {
        if (message[i].bytes.count < kMessageWordBytes ||
            patch[k].offset > message[i].bytes.count - kMessageWordBytes || patch[k].word > kWordMax ||
            !text(patch[k].interface)) {
          return false;
        }
      }
    }
    return true;
  }

 private:
  const char* base_;
  std::size_t size_;
};

}  // namespace

FlatView FlatView::open(void* block, std::size_t size) noexcept {
  FlatView view;
  if (block == nullptr || size < sizeof(FlatPlan) || size > kPlanBytesMax) return view;
  const auto& head = *static_cast<const FlatPlan*>(block);
  if (head.magic != kPlanMagic || head.version != kPlanVersion || head.size != size) return view;
  const Checker check(static_cast<const char*>(block), size);
  for (const Span span : {head.upper, head.work, head.rootfs, head.container_dir, head.socket_path, head.hostname,
                          head.domainname, head.cgroup_v2, head.user, head.working_dir, head.apparmor}) {
    if (!check.text(span)) return view;
  }
  const bool fine =
      check.steps(head.prepare) && check.steps(head.root) && check.steps(head.interface_sysctls) &&
      check.table(head.argv, 1) && head.argv.count > 0 && check.table(head.envp, 2) && check.texts(head.layers) &&
      check.texts(head.groups) && check.texts(head.cgroup_v1) && check.array(head.rlimits, sizeof(FlatRlimit)) &&
      check.array(head.seccomp, 1) && check.array(head.device_filter, 1) && head.seccomp.count % 8 == 0 &&
      head.seccomp.count / 8 <= 0xFFFF && head.device_filter.count % 8 == 0 && check.messages(head.host_route) &&
      check.messages(head.child_route) && check.messages(head.child_netfilter);
  if (fine) view.base_ = static_cast<char*>(block);
  return view;
}

char** FlatView::relocate(Span table, char* extra) const noexcept {
  static_assert(sizeof(char*) == sizeof(std::uint64_t));
  auto* entry = array<std::uint64_t>(table);
  for (std::uint32_t i = 0; i < table.count; ++i) entry[i] += reinterpret_cast<std::uint64_t>(base_);
  if (extra != nullptr) entry[table.count] = reinterpret_cast<std::uint64_t>(extra);
  return reinterpret_cast<char**>(entry);
}

}  // namespace stack::sandbox
