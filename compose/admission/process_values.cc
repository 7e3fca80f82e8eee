#include <algorithm>

#include "base/model/signals.h"
#include "compose/admission/number_text.h"
#include "compose/admission/value_rules.h"

namespace stack::compose {
namespace {

constexpr std::uint64_t kProcessIdMax = 0x7FFFFFFF;

// A name is looked up in the image; a number only has to be one.
void check_id(std::string_view text, ServiceReport& report) {
  const bool number = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (number && !whole_number(text, kProcessIdMax))
    report.refuse("user", std::string{text} + " is beyond the ids that there are; write at most 2147483647");
}

}  // namespace

void check_process(const Service& service, ServiceReport& report) {
  const std::string_view user = service.user;
  const auto colon = std::min(user.find(':'), user.size());
  check_id(user.substr(0, colon), report);
  if (colon < user.size()) check_id(user.substr(colon + 1), report);
  if (!service.working_dir.empty() && !service.working_dir.starts_with('/')) {
    report.refuse("working_dir",
                  "\"" + service.working_dir + "\" is not an absolute path; write one such as /" + service.working_dir);
  }
  if (!service.stop_signal.empty() && !model::parse_signal(service.stop_signal)) {
    report.refuse("stop_signal",
                  "there is no signal \"" + service.stop_signal + "\"; write one such as SIGTERM, INT or 15");
  }
  if (service.stop_grace_period && service.stop_grace_period->count() < 0) {
    report.refuse("stop_grace_period", "a time to stop cannot be negative; write 10s, or 0s to kill at once");
  }
}

}  // namespace stack::compose
