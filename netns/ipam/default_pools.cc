#include "netns/ipam/default_pools.h"

#include <charconv>

#include "base/error.h"

namespace stack::netns {

namespace {

constexpr int kDefaultCutV4 = 24, kDefaultCutV6 = 64;

}  // namespace

std::vector<PoolSource> built_in_pools() {
  std::vector<PoolSource> out;
  for (std::uint32_t second = 17; second <= 31; ++second) {
    out.push_back({{{Family::v4, (172u << 24) | (second << 16)}, 16}, 16});
  }
  out.push_back({{{Family::v4, (192u << 24) | (168u << 16)}, 16}, 20});
  return out;
}

std::vector<PoolSource> parse_pools(const std::vector<std::string>& texts) {
  std::vector<PoolSource> out;
  for (const std::string& text : texts) {
    const auto comma = text.find(',');
    const auto base = parse_cidr(std::string_view(text).substr(0, comma));
    const auto bad = [&] {
      return Error(ErrorKind::invalid, "\"" + text + "\" is not an address pool")
          .remedy("write a subnet, or a subnet and the prefix length of the networks cut from it: 10.10.0.0/16,24");
    };
    if (!base) throw bad();
    PoolSource source{*base, std::max(base->prefix, base->base.family == Family::v4 ? kDefaultCutV4 : kDefaultCutV6)};
    if (comma != std::string::npos) {
      const char* end = text.data() + text.size();
      const auto [stop, error] = std::from_chars(text.data() + comma + 1, end, source.cut);
      if (error != std::errc{} || stop != end || source.cut < base->prefix ||
          source.cut > width_of(base->base.family)) {
        throw bad();
      }
    }
    out.push_back(source);
  }
  return out;
}

std::optional<Cidr> first_free(const std::vector<PoolSource>& pools, Family family, const std::vector<Cidr>& used) {
  for (const PoolSource& pool : pools) {
    if (pool.base.base.family != family) continue;
    const AddressBits step = AddressBits{1} << (width_of(family) - pool.cut);
    Cidr candidate{pool.base.base, pool.cut};
    // Each candidate that is refused jumps past what refused it, so this ends after at most one turn per subnet in use.
    while (pool.base.contains(candidate)) {
      const Cidr* hit = nullptr;
      for (const Cidr& each : used) {
        if (each.overlaps(candidate)) hit = &each;
      }
      if (hit == nullptr) return candidate;
      const AddressBits past = std::max(hit->last().bits, candidate.last().bits);
      const AddressBits next = ((past / step) + 1) * step;
      if (next <= candidate.base.bits || next > pool.base.last().bits) break;
      candidate.base.bits = next;
    }
  }
  return std::nullopt;
}

PoolSource unique_local_pool(const std::string& tag) {
  std::uint64_t hash = 14695981039346656037ull;  // FNV-1a
  for (const char c : tag) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  const AddressBits global = (AddressBits{0xfd} << 40) | (hash & 0xffffffffffull);
  return {{{Family::v6, global << 80}, 48}, 64};
}

}  // namespace stack::netns
