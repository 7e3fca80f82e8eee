#include "base/thrown.h"

#include <cerrno>
#include <filesystem>
#include <new>
#include <string>
#include <system_error>

#include <boost/system/system_error.hpp>

namespace stack {
namespace {

// What the kernel has told a library, whose own text names a call that says nothing to who has reached a limit.
Error of_kernel(int err) {
  Error error = Error::from_errno(err, "asking the kernel");
  if (err == EMFILE) error.remedy("raise the limit of open files: ulimit -n");
  if (err == EAGAIN) error.remedy("raise the limit of processes and threads: ulimit -u, or that of the control group");
  if (err == ENOMEM) error.remedy("free memory, or raise the limit: ulimit -v");
  return error;
}

}  // namespace

Error error_of(const std::exception& thrown) {
  if (const auto* ours = dynamic_cast<const Error*>(&thrown)) return *ours;
  if (dynamic_cast<const std::bad_alloc*>(&thrown) != nullptr)
    return {ErrorKind::unavailable, "there is not enough memory"};
  if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&thrown)) {
    std::string about = file->path1().string();
    if (!file->path2().empty()) about += " and " + file->path2().string();
    return Error::from_errno(file->code().value(), about.empty() ? "using a file" : "using " + about);
  }
  if (const auto* system = dynamic_cast<const std::system_error*>(&thrown)) {
    if (system->code().category() == std::generic_category() || system->code().category() == std::system_category())
      return of_kernel(system->code().value());
  }
  // Boost's is not the standard library's.
  if (const auto* system = dynamic_cast<const boost::system::system_error*>(&thrown)) {
    const boost::system::error_code code = system->code();
    const boost::system::error_category& category = code.category();
    if (category == boost::system::generic_category() || category == boost::system::system_category())
      return of_kernel(system->code().value());
  }
  Error error{std::string{"internal error: "} + thrown.what()};
  error.remedy("this is a fault of stack itself; please report it with what led to it");
  return error;
}

Error error_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return error_of(error);
  }
}

std::string_view json_reason(const std::exception& thrown) {
  std::string_view text = thrown.what();
  if (!text.starts_with("[json.exception.")) return text;
  const std::size_t end = text.find("] ");
  return end == std::string_view::npos ? std::string_view{} : text.substr(end + 2);
}

}  // namespace stack
