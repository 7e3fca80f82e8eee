#include "engine/sandbox/account.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace stack::sandbox {
namespace {

constexpr std::size_t kNameMax = 256;
constexpr std::size_t kFieldsMax = 8;

// A decimal id; false for everything else, also for what does not fit.
bool parse_id(const char* text, std::uint32_t& out) noexcept {
  std::uint64_t value = 0;
  if (*text == '\0') return false;
  for (; *text != '\0'; ++text) {
    if (*text < '0' || *text > '9') return false;
    value = value * 10 + static_cast<std::uint64_t>(*text - '0');
    // As with Docker; the highest number of all means "no change" to setuid(2).
    if (value > 0x7FFFFFFFU) return false;
  }
  out = static_cast<std::uint32_t>(value);
  return true;
}

std::size_t split(char* line, char separator, char** fields, std::size_t most) noexcept {
  std::size_t count = 0;
  while (count < most) {
    fields[count++] = line;
    char* next = std::strchr(line, separator);
    if (next == nullptr || count == most) break;
    *next = '\0';
    line = next + 1;
  }
  return count;
}

// Calls visit(line) for each line that fits, until it returns false.
template <class Visit>
void each_line(BorrowedFd file, Visit&& visit) noexcept {
  if (file.get() < 0) return;
  char buffer[kLineMax + 1];
  std::size_t held = 0;
  bool skipping = false;
  std::size_t total = 0;
  std::uint64_t offset = 0;
  for (;;) {
    const ssize_t n = ::pread(file.get(), buffer + held, kLineMax - held, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    const std::size_t got = n > 0 ? static_cast<std::size_t>(n) : 0;
    offset += got;
    held += got;
    total += got;
    std::size_t from = 0;
    while (from < held) {
      auto* end = static_cast<char*>(std::memchr(buffer + from, '\n', held - from));
      if (end == nullptr) break;
      *end = '\0';
      if (!skipping && !visit(buffer + from)) return;
      skipping = false;
      from = static_cast<std::size_t>(end - buffer) + 1;
    }
    held -= from;
    std::memmove(buffer, buffer + from, held);
    if (held == kLineMax) {
      skipping = true;
      held = 0;
    }
    if (got == 0 || total >= kFileMax) {
      if (held > 0 && !skipping && total < kFileMax) {
        buffer[held] = '\0';
        visit(buffer);
      }
      return;
    }
  }
}

// Twice is once among those from `first` on.
bool add_group(Account& account, gid_t gid, std::size_t first = 0) noexcept {
  for (std::size_t i = first; i < account.group_count; ++i) {
    if (account.groups[i] == gid) return true;
  }
  if (account.group_count == kGroupsMax) return false;
  account.groups[account.group_count++] = gid;
  return true;
}

// One line of a group file, read byte by byte, so that it may have any number of members.
class GroupLine {
 public:
  // `member`: whose name is looked for among the members, or null.
  explicit GroupLine(const char* member) noexcept : member_(member) {}

  void add(char c) noexcept {
    if (c == ':' && field_ < kMembers) {
      ++field_;
      at_ = 0;
    } else if (field_ == kName) {
      put(name_, c);
    } else if (field_ == kId) {
      put(id_, c);
    } else if (field_ == kMembers) {
      if (c == ',') return end_member();
      match_ = match_ && member_ != nullptr && c == member_[at_] && c != '\0';
      ++at_;
      if (!match_) at_ = 1;  // no index beyond the name
    }
  }
  // At its end: the group's number, when the line is one of a group. `member` says whether it lists the one looked for.
  bool group(gid_t& gid, bool& member) noexcept {
    if (field_ == kMembers) end_member();
    member = listed_;
    std::uint32_t number = 0;
    if (field_ < kId || name_[0] == '\0' || !parse_id(id_, number)) return false;
    gid = number;
    return true;
  }
  [[nodiscard]] const char* name() const noexcept { return name_; }

 private:
  enum Field { kName, kPassword, kId, kMembers };

  // What does not fit is nobody's name and no number.
  template <std::size_t kRoom>
  void put(char (&field)[kRoom], char c) noexcept {
    if (at_ + 1 < kRoom) {
      field[at_++] = c;
      field[at_] = '\0';
    } else {
      field[0] = '\0';
    }
  }
  void end_member() noexcept {
    listed_ = listed_ || (match_ && at_ > 0 && member_ != nullptr && member_[at_] == '\0');
    match_ = true;
    at_ = 0;
  }

  const char* member_;
  int field_ = kName;
  std::size_t at_ = 0;
  bool match_ = true, listed_ = false;
  char name_[kNameMax]{};
  char id_[16]{};
};

// Calls visit(name, gid, whether it lists `member`) for each group, until that gives false.
template <class Visit>
void each_group(BorrowedFd file, const char* member, Visit&& visit) noexcept {
  if (file.get() < 0) return;
  char buffer[4096];
  GroupLine line(member);
  bool empty = true;
  const auto end = [&] {
    gid_t gid = 0;
    bool listed = false;
    const bool on = empty || !line.group(gid, listed) || visit(line.name(), gid, listed);
    line = GroupLine(member);
    empty = true;
    return on;
  };
  for (std::size_t offset = 0; offset < kFileMax;) {
    const ssize_t n = ::pread(file.get(), buffer, sizeof buffer, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    offset += static_cast<std::size_t>(n);
    for (ssize_t i = 0; i < n; ++i) {
      if (buffer[i] == '\n') {
        if (!end()) return;
        continue;
      }
      line.add(buffer[i]);
      empty = false;
    }
  }
  (void)end();
}

bool find_group(BorrowedFd file, const char* name, gid_t& out) noexcept {
  std::uint32_t number = 0;
  if (parse_id(name, number)) {
    out = number;
    return true;
  }
  bool found = false;
  each_group(file, nullptr, [&](const char* known, gid_t gid, bool) {
    if (std::strcmp(known, name) != 0) return true;
    out = gid;
    found = true;
    return false;
  });
  return found;
}

// The user `number`, when `numeric`, or else the one of this name; `known_name` gets the name that the file has for it, when it fits.
bool find_user(BorrowedFd passwd, const char* name, bool numeric, std::uint32_t number, Account& out,
               char* known_name) noexcept {
  bool found = false;
  each_line(passwd, [&](char* line) {
    char* field[kFieldsMax];
    std::uint32_t uid = 0, gid = 0;
    if (split(line, ':', field, 7) < 6 || !parse_id(field[2], uid) || !parse_id(field[3], gid)) return true;
    if (numeric ? uid != number : std::strcmp(field[0], name) != 0) return true;
    out.uid = uid;
    out.gid = gid;
    if (std::strlen(field[5]) < kHomeMax && field[5][0] != '\0') std::strcpy(out.home, field[5]);
    if (std::strlen(field[0]) < kNameMax) std::strcpy(known_name, field[0]);
    found = true;
    return false;
  });
  return found;
}

}  // namespace

AccountError resolve_account(const char* user, const GroupNames& further, BorrowedFd passwd, BorrowedFd group,
                             Account& out, const char*& wrong) noexcept {
  static thread_local char user_name[kNameMax];
  static thread_local char known_name[kNameMax];
  out.group_count = 0;
  const char* colon = std::strchr(user, ':');
  const std::size_t size = colon != nullptr ? static_cast<std::size_t>(colon - user) : std::strlen(user);
  wrong = user;
  if (size >= kNameMax) return AccountError::no_user;
  std::memcpy(user_name, user, size);
  user_name[size] = '\0';
  if (size == 0) std::strcpy(user_name, "0");
  known_name[0] = '\0';

  std::uint32_t number = 0;
  const bool numeric = parse_id(user_name, number);
  if (!find_user(passwd, user_name, numeric, number, out, known_name)) {
    wrong = user_name;
    if (!numeric) return AccountError::no_user;
    out.uid = number;
    out.gid = 0;
  }

  const bool explicit_group = colon != nullptr && colon[1] != '\0';
  if (explicit_group) {
    gid_t gid = 0;
    wrong = colon + 1;
    if (!find_group(group, colon + 1, gid)) return AccountError::no_group;
    out.gid = gid;
  }
  if (!add_group(out, out.gid)) return AccountError::too_many_groups;
  bool room = true;
  if (!explicit_group && known_name[0] != '\0') {
    each_group(group, known_name, [&](const char*, gid_t gid, bool member) {
      if (member) room = add_group(out, gid);
      return room;
    });
  }
  // As Docker has it: what is asked for is listed even when it is the user's own group.
  const std::size_t own = out.group_count;
  for (std::size_t i = 0; room && i < further.count; ++i) {
    gid_t gid = 0;
    wrong = further.name(further.context, i);
    if (!find_group(group, wrong, gid)) return AccountError::no_group;
    room = add_group(out, gid, own);
  }
  return room ? AccountError::none : AccountError::too_many_groups;
}

}  // namespace stack::sandbox
