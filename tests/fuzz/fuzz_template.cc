// Text with variables: never a crash; text whose dollars are doubled means itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "compose/interp/template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stack::compose;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const Lookup lookup = [](std::string_view name) -> std::optional<std::string> {
    return name.size() % 2 == 0 ? std::optional<std::string>{"$v"} : std::nullopt;
  };
  (void)interpolate(text, lookup);
  (void)variables_in(text);
  std::string doubled;
  for (const char c : text) doubled.append(c == '$' ? 2 : 1, c);
  const auto back = interpolate(doubled, lookup);
  if (back.error || back.text != text) std::abort();
  return 0;
}
