// The engine's reports: reading a line never crashes; what can be read is written as a line that reads as the same report.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "engine/api/report_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stack::api;
  try {
    const std::string written = report_line(parse_report({reinterpret_cast<const char*>(data), size}));
    if (report_line(parse_report(written)) != written) std::abort();
  } catch (const stack::Error&) {
    // No report.
  }
  return 0;
}
