#include "cli/commands/version.h"

#include <iostream>

#include "base/error.h"

namespace stack::cli {

int version(Session&, const VersionFlags& flags) {
  if (flags.brief) {
    std::cout << STACK_VERSION << "\n";
  } else if (flags.format == "json") {
    std::cout << R"({"version":")" STACK_VERSION "\"}\n";
  } else if (flags.format.empty() || flags.format == "pretty") {
    std::cout << "stack version " STACK_VERSION "\n";
  } else {
    throw Error(ErrorKind::invalid, "unsupported --format \"" + flags.format + "\"").remedy("use pretty or json");
  }
  return 0;
}

}  // namespace stack::cli
