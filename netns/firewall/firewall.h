// The engine's nftables table in the kernel: commits rulesets, each as one transaction.
//
// Owns the table `stack_<tag>` of family inet in the namespace where it was opened, from the first apply() until
// remove(). What a killed engine left stays in force until that first apply(), which replaces it whole: established
// flows notice nothing. One thread. Cost: a transaction is one system call in each direction, well under a millisecond
// for dozens of elements.
#pragma once

#include <set>
#include <string>

#include "netns/firewall/ruleset.h"
#include "netns/netlink/socket.h"

namespace stack::netns {

class Firewall {
 public:
  // Throws Error(unsupported) without nftables in the kernel, Error(not_permitted) without CAP_NET_ADMIN; both with a
  // remedy.
  static Firewall open(const std::string& tag);

  // Makes the kernel agree with `wanted`. Nothing changes when it throws; the next call then starts from the whole
  // again.
  void apply(const Ruleset& wanted);
  // The next apply() replaces the whole table.
  void forget() { known_ = false; }
  // Whether the table is there: other programs flush the whole ruleset when they restart.
  bool present();
  // True when there was a table.
  bool remove();
  [[nodiscard]] const std::string& table() const { return table_; }

 private:
  Firewall(NetlinkSocket socket, std::string table) : socket_(std::move(socket)), table_(std::move(table)) {}

  NetlinkSocket socket_;
  std::string table_;
  bool known_ = false;
  Elements committed_;
  std::set<std::string> chains_;
};

// The constant part: sets, base chains and their rules. Exposed so that a test can print it.
class NftBatch;
void add_constant_part(NftBatch& batch);
void add_balance_chain(NftBatch& batch, const BalanceChain& wanted);

}  // namespace stack::netns
