// DNS messages: never a crash, never an answer beyond its limit.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "netns/dns/names.h"
#include "netns/dns/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stack::netns;
  static dns::Names names = [] {
    dns::Names out;
    for (std::uint32_t i = 0; i < 200; ++i) {
      out.add({std::to_string(i), "front", {"web"}, "web.front", {{Family::v4, 0x0a000000 + i}}});
    }
    return out;
  }();
  const std::span<const std::byte> message(reinterpret_cast<const std::byte*>(data), size);
  const auto parsed = dns::parse_query(message);
  if (!parsed.query) return 0;
  if (parsed.query->name.size() > 253) std::abort();
  (void)dns::answers(message, *parsed.query, parsed.query->id);
  if (const auto answer = names.find({"front"}, *parsed.query)) {
    const std::size_t limit = parsed.query->udp_bytes;
    const auto out = dns::encode_answer(*parsed.query, *answer, dns::kMaxPointers, limit);
    if (out.size() > limit || !dns::answers(out, *parsed.query, parsed.query->id)) std::abort();
  }
  return 0;
}
