#include "cli/commands/failures.h"

namespace stack::cli {

void Failures::report() const {
  if (errors_.empty()) return;
  std::string text;
  for (const Error& error : errors_) text += (text.empty() ? "" : "\n") + error.message();
  Error all{errors_.front().kind(), text};
  if (!errors_.front().remedy_text().empty()) all.remedy(errors_.front().remedy_text());
  throw all;
}

}  // namespace stack::cli
