#include "engine/api/wire_version.h"

#include <string>

namespace stack::api {
namespace {

std::string said(std::string_view stated) { return stated.empty() ? "1" : std::string{stated}; }

constexpr const char* kRemedy =
    "use the stack that was installed with the engine, or end the engine with: stack system shutdown; its containers "
    "run on, and the "
    "next command starts the installed one";

}  // namespace

void check_client_version(std::string_view stated) {
  if (stated == kWireVersionText) return;
  throw Error(ErrorKind::unsupported, "the client speaks version " + said(stated) +
                                          " of the engine's protocol, this engine version " +
                                          std::string{kWireVersionText} + " (header " + std::string{kWireHeader} + ")")
      .remedy(kRemedy);
}

void check_engine_version(std::string_view stated) {
  if (stated == kWireVersionText) return;
  throw Error(ErrorKind::unsupported, "the engine that is running speaks version " + said(stated) +
                                          " of its protocol, this stack version " + std::string{kWireVersionText})
      .remedy(kRemedy);
}

}  // namespace stack::api
