// A --format template over two rows.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "cli/view/format_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string format(reinterpret_cast<const char*>(data), size);
  const std::string rows =
      "{\"Name\":\"web\",\"ExitCode\":0,\"Ports\":[{\"Port\":80}],\"Labels\":\"a=b\"}\n"
      "{\"Name\":\"\",\"ExitCode\":137,\"Ports\":[],\"Labels\":\"\"}\n";
  try {
    (void)stack::cli::format_rows(format, rows, {});
  } catch (const stack::Error&) {
    return 0;
  }
  return 0;
}
