// Builds one nftables transaction with libnftnl: tables, chains, sets, rules and elements appended to one datagram.
//
// Owned by whoever makes a transaction; used once. finish() gives the bytes for NetlinkSocket::batch. No kernel access
// here. Rules are lists of Expr, which own their libnftnl object until a rule takes it. Throws stack::Error when memory
// runs out.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>

#include "netns/firewall/ruleset.h"
#include "netns/netlink/message.h"

struct nlmsghdr;

namespace stack::netns {

// The type of a netlink message of nf_tables; `message`: NFT_MSG_*.
std::uint16_t nft_type(int message);

struct FreeExpr {
  void operator()(nftnl_expr* expr) const { nftnl_expr_free(expr); }
};
using Expr = std::unique_ptr<nftnl_expr, FreeExpr>;
using Exprs = std::vector<Expr>;

// Registers of 32 bits; a 128-bit one spans four of them, the first begins at kReg1.
inline constexpr std::uint32_t kReg1 = 8;  // NFT_REG32_00

namespace expr {
Expr meta(std::uint32_t key, std::uint32_t reg = kReg1);
Expr equals(const void* data, std::size_t size, std::uint32_t reg = kReg1);
Expr differs(const void* data, std::size_t size, std::uint32_t reg = kReg1);
// `base`: NFT_PAYLOAD_*.
Expr payload(std::uint32_t base, std::uint32_t offset, std::uint32_t size, std::uint32_t reg = kReg1);
Expr mask(std::uint32_t bits, std::uint32_t reg = kReg1);
Expr conntrack(std::uint32_t key, std::uint32_t reg = kReg1);
Expr address_type();  // of the destination, RTN_*
Expr in_set(const std::string& set, bool inverted = false);
Expr map_to(const std::string& set);      // data into kReg1
Expr verdict_of(const std::string& set);  // and goes there
Expr random_below(std::uint32_t modulus);
Expr immediate(const void* data, std::size_t size, std::uint32_t reg);
Expr verdict(int code);  // NF_ACCEPT, NF_DROP
// To the address in `address_reg` and the port in `port_reg`; `family` NFPROTO_*.
Expr dnat(std::uint32_t family, std::uint32_t address_reg, std::uint32_t port_reg);
Expr masquerade();
Expr counter();
}  // namespace expr

struct SetType {
  std::string name;
  std::uint32_t flags = 0;     // NFT_SET_*
  std::uint32_t key_type = 0;  // how nft(8) shows it
  std::uint32_t key_bytes = 0;
  std::uint32_t data_type = 0;  // of a map
  std::uint32_t data_bytes = 0;
  bool host_order = false;  // of the key, for nft(8)'s listings: interface names
};

struct BaseChain {
  std::string name;
  std::string type;  // filter, nat
  std::uint32_t hook = 0;
  int priority = 0;
};

class NftBatch {
 public:
  // `family`: NFPROTO_*.
  NftBatch(std::uint16_t family, std::string table);

  void add_table();
  void delete_table();
  void add_set(const SetType& type);
  void add_chain(const std::string& name);
  void add_chain(const BaseChain& chain);
  void add_rule(const std::string& chain, Exprs exprs);
  // At the chain's head instead of its end, with a comment that find-and-remove goes by.
  void insert_rule(const std::string& chain, const std::string& comment, Exprs exprs);
  void delete_rule(const std::string& chain, std::uint64_t handle);
  // All of one set; split into messages that the kernel accepts.
  void add_elements(SetId set, const std::vector<std::pair<ElementKey, ElementValue>>& elements);
  void delete_elements(SetId set, const std::vector<ElementKey>& keys);

  struct Finished {
    Bytes datagram;
    std::uint32_t last_sequence = 0;  // the message that asks for an answer
  };
  Finished finish();
  // The messages one by one, between those that open and close the batch, each asking for an answer.
  std::vector<Bytes> messages() &&;

 private:
  void append(std::uint16_t type, std::uint16_t flags, const std::function<void(nlmsghdr*)>& fill);
  void rule(const std::string& chain, std::uint16_t flags, const std::string& comment, Exprs exprs);
  void elements(std::uint16_t type, std::uint16_t flags, SetId set,
                const std::vector<std::pair<ElementKey, ElementValue>>& elements);

  std::uint16_t family_;
  std::string table_;
  std::vector<Bytes> messages_;
  std::uint32_t set_id_ = 0;
};

}  // namespace stack::netns
