#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "base/error.h"
#include "netns/firewall/nft_batch.h"

namespace stack::netns::expr {

namespace {

Expr make(const char* name, std::initializer_list<std::pair<std::uint16_t, std::uint32_t>> words) {
  Expr out(nftnl_expr_alloc(name));
  if (!out) throw Error(std::string("libnftnl does not know the expression ") + name);
  for (const auto& [type, value] : words) nftnl_expr_set_u32(out.get(), type, value);
  return out;
}

Expr compare(std::uint32_t operation, const void* data, std::size_t size, std::uint32_t reg) {
  Expr out = make("cmp", {{NFTNL_EXPR_CMP_SREG, reg}, {NFTNL_EXPR_CMP_OP, operation}});
  nftnl_expr_set(out.get(), NFTNL_EXPR_CMP_DATA, data, static_cast<std::uint32_t>(size));
  return out;
}

Expr lookup(const std::string& set, std::initializer_list<std::pair<std::uint16_t, std::uint32_t>> words) {
  Expr out = make("lookup", words);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_LOOKUP_SREG, kReg1);
  nftnl_expr_set_str(out.get(), NFTNL_EXPR_LOOKUP_SET, set.c_str());
  return out;
}

}  // namespace

Expr meta(std::uint32_t key, std::uint32_t reg) {
  return make("meta", {{NFTNL_EXPR_META_KEY, key}, {NFTNL_EXPR_META_DREG, reg}});
}

Expr equals(const void* data, std::size_t size, std::uint32_t reg) { return compare(NFT_CMP_EQ, data, size, reg); }

Expr differs(const void* data, std::size_t size, std::uint32_t reg) { return compare(NFT_CMP_NEQ, data, size, reg); }

Expr payload(std::uint32_t base, std::uint32_t offset, std::uint32_t size, std::uint32_t reg) {
  return make("payload", {{NFTNL_EXPR_PAYLOAD_DREG, reg},
                          {NFTNL_EXPR_PAYLOAD_BASE, base},
                          {NFTNL_EXPR_PAYLOAD_OFFSET, offset},
                          {NFTNL_EXPR_PAYLOAD_LEN, size}});
}

Expr mask(std::uint32_t bits, std::uint32_t reg) {
  const std::uint32_t none = 0;
  Expr out =
      make("bitwise",
           {{NFTNL_EXPR_BITWISE_SREG, reg}, {NFTNL_EXPR_BITWISE_DREG, reg}, {NFTNL_EXPR_BITWISE_LEN, sizeof bits}});
  nftnl_expr_set(out.get(), NFTNL_EXPR_BITWISE_MASK, &bits, sizeof bits);
  nftnl_expr_set(out.get(), NFTNL_EXPR_BITWISE_XOR, &none, sizeof none);
  return out;
}

Expr conntrack(std::uint32_t key, std::uint32_t reg) {
  return make("ct", {{NFTNL_EXPR_CT_KEY, key}, {NFTNL_EXPR_CT_DREG, reg}});
}

Expr address_type() {
  return make("fib", {{NFTNL_EXPR_FIB_DREG, kReg1},
                      {NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE},
                      {NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR}});
}

Expr in_set(const std::string& set, bool inverted) {
  if (!inverted) return lookup(set, {});
  return lookup(set, {{NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV}});
}

Expr map_to(const std::string& set) { return lookup(set, {{NFTNL_EXPR_LOOKUP_DREG, kReg1}}); }

Expr verdict_of(const std::string& set) { return lookup(set, {{NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT}}); }

Expr random_below(std::uint32_t modulus) {
  return make("numgen", {{NFTNL_EXPR_NG_DREG, kReg1},
                         {NFTNL_EXPR_NG_MODULUS, modulus},
                         {NFTNL_EXPR_NG_TYPE, NFT_NG_RANDOM},
                         {NFTNL_EXPR_NG_OFFSET, 0}});
}

Expr immediate(const void* data, std::size_t size, std::uint32_t reg) {
  Expr out = make("immediate", {{NFTNL_EXPR_IMM_DREG, reg}});
  nftnl_expr_set(out.get(), NFTNL_EXPR_IMM_DATA, data, static_cast<std::uint32_t>(size));
  return out;
}

Expr verdict(int code) {
  return make("immediate",
              {{NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT}, {NFTNL_EXPR_IMM_VERDICT, static_cast<std::uint32_t>(code)}});
}

Expr dnat(std::uint32_t family, std::uint32_t address_reg, std::uint32_t port_reg) {
  return make("nat", {{NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT},
                      {NFTNL_EXPR_NAT_FAMILY, family},
                      {NFTNL_EXPR_NAT_REG_ADDR_MIN, address_reg},
                      {NFTNL_EXPR_NAT_REG_PROTO_MIN, port_reg}});
}

Expr masquerade() { return make("masq", {}); }

Expr counter() { return make("counter", {}); }

}  // namespace stack::netns::expr
