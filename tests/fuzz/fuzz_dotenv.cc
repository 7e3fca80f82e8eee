// .env text: never a crash, in either syntax.
#include <cstdint>
#include <string_view>

#include "compose/interp/dotenv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stack::compose;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const Lookup outside = [](std::string_view name) -> std::optional<std::string> {
    return name.size() % 2 == 0 ? std::optional<std::string>{"value"} : std::nullopt;
  };
  (void)parse_dotenv(text, ".env", outside);
  (void)parse_raw_env(text, ".env", outside);
  return 0;
}
