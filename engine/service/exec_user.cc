#include "engine/service/exec_user.h"

#include <charconv>
#include <string_view>

#include <fcntl.h>

#include "base/error.h"
#include "base/sys/syscalls.h"
#include "engine/core/container_root.h"
#include "engine/sandbox/account.h"
#include "engine/sandbox/launch_stage.h"

namespace stack::service {

namespace {

constexpr std::int64_t kIdMax = 0x7fffffff;

// Nothing is no name: it stands for a default.
bool is_name(std::string_view part) {
  const std::string_view digits = part.substr(part.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return !part.empty();
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(part.data(), part.data() + part.size(), number);
  if (failed != std::errc{} || number < 0 || number > kIdMax)
    throw Error(ErrorKind::invalid, "uids and gids must be in range 0-2147483647");
  return false;
}

UniqueFd open_file(BorrowedFd root, const char* path) {
  auto file = sys::open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  return file ? std::move(*file) : UniqueFd{};  // a container without the file knows nobody
}

// As Docker answers it when the exec is made: the request is wrong.
Error wrong_request(const Error& error) {
  return Error(ErrorKind::invalid, error.message()).about(error.attribute()).remedy(error.remedy_text());
}

}  // namespace

bool has_name(const std::string& user) {
  const std::size_t colon = user.find(':');
  const bool by_user = is_name(std::string_view{user}.substr(0, colon));
  const bool by_group = colon != std::string::npos && is_name(std::string_view{user}.substr(colon + 1));
  return by_user || by_group;
}

void check_exec_user(const std::string& user, std::int32_t pid, const std::string& id) {
  const core::ContainerRoot root = core::ContainerRoot::of_process(pid, id);
  const UniqueFd passwd = open_file(root.root(), "/etc/passwd"), group = open_file(root.root(), "/etc/group");
  sandbox::Account account;
  const char* wrong = nullptr;
  switch (sandbox::resolve_account(user.c_str(), {}, passwd, group, account, wrong)) {
    case sandbox::AccountError::no_user:
      throw wrong_request(sandbox::launch_error(sandbox::Stage::user, 0, wrong));
    case sandbox::AccountError::no_group:
      throw wrong_request(sandbox::launch_error(sandbox::Stage::group, 0, wrong));
    case sandbox::AccountError::none:
    case sandbox::AccountError::too_many_groups:  // its start says so
      return;
  }
}

}  // namespace stack::service
