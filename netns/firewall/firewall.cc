#include "netns/firewall/firewall.h"

#include <utility>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "base/error.h"
#include "netns/firewall/nft_batch.h"

namespace stack::netns {

namespace {

[[noreturn]] void refuse(const Ack& ack, const std::string& step) {
  if (ack.err == EPERM || ack.err == EACCES) {
    throw Error(ErrorKind::not_permitted, step + ": not permitted")
        .remedy("run the engine as root, or with CAP_NET_ADMIN");
  }
  Error error = Error::from_errno(ack.err, ack.words.empty() ? step : step + ": " + ack.words);
  if (ack.err == EOPNOTSUPP || ack.err == ENOENT || ack.err == EPROTONOSUPPORT || ack.err == EAFNOSUPPORT) {
    error.remedy(
        "the kernel needs nf_tables with nat, masquerade, fib, numgen and conntrack (CONFIG_NF_TABLES, CONFIG_NFT_NAT, "
        "CONFIG_NFT_MASQ, CONFIG_NFT_FIB_INET, CONFIG_NFT_NUMGEN, CONFIG_NFT_CT); try `modprobe nf_tables`");
  }
  throw error;
}

}  // namespace

Firewall Firewall::open(const std::string& tag) {
  Firewall firewall(NetlinkSocket::open(NETLINK_NETFILTER), "stack_" + tag);
  // A generation can be asked for without changing anything; only a kernel with nftables answers.
  nfgenmsg header{};
  const Message question(nft_type(NFT_MSG_GETGEN), 0, header);
  const Ack ack = firewall.socket_.dump(question, [](const Received&) {});
  if (ack.err == EPERM || ack.err == EACCES) refuse(ack, "opening the packet filter");
  if (ack.err != 0) {
    throw Error(ErrorKind::unsupported, "this kernel has no nftables")
        .remedy("load it with `modprobe nf_tables`, or use a kernel with CONFIG_NF_TABLES and CONFIG_NF_TABLES_INET");
  }
  return firewall;
}

void Firewall::apply(const Ruleset& wanted) {
  Elements after = flatten(wanted);
  if (!known_) {
    committed_.clear();
    chains_.clear();
  }
  const Change change = diff(committed_, after, chains_);
  if (known_ && change.empty()) return;

  NftBatch batch(NFPROTO_INET, table_);
  if (!known_) {
    batch.add_table();  // so that deleting it cannot fail
    batch.delete_table();
    batch.add_table();
    add_constant_part(batch);
  }
  for (const BalanceChain& chain : change.new_chains) add_balance_chain(batch, chain);
  for (auto it = change.removed.begin(); it != change.removed.end();) {
    std::vector<ElementKey> keys;
    for (const SetId set = it->set; it != change.removed.end() && it->set == set; ++it) keys.push_back(*it);
    batch.delete_elements(keys.front().set, keys);
  }
  for (auto it = change.added.begin(); it != change.added.end();) {
    std::vector<std::pair<ElementKey, ElementValue>> elements;
    for (const SetId set = it->first.set; it != change.added.end() && it->first.set == set; ++it)
      elements.push_back(*it);
    batch.add_elements(elements.front().first.set, elements);
  }
  const auto finished = batch.finish();
  const Ack ack = socket_.batch(finished.datagram, finished.last_sequence);
  if (ack.err != 0) {
    // Somebody else may have flushed the whole ruleset, as the packet filters' own services do when they restart.
    if (std::exchange(known_, false) && ack.err == ENOENT) return apply(wanted);
    refuse(ack, "committing the packet filter's table " + table_);
  }
  known_ = true;
  committed_ = std::move(after);
  for (const BalanceChain& chain : change.new_chains) chains_.insert(chain.name());
}

bool Firewall::present() {
  nfgenmsg header{};
  header.nfgen_family = NFPROTO_INET;
  Message question(nft_type(NFT_MSG_GETTABLE), 0, header);
  question.put_text(NFTA_TABLE_NAME, table_);
  const Ack ack = socket_.dump(question, [](const Received&) {});
  if (ack.err != 0 && ack.err != ENOENT) refuse(ack, "looking for the packet filter's table " + table_);
  return ack.err == 0;
}

bool Firewall::remove() {
  known_ = false;
  NftBatch batch(NFPROTO_INET, table_);
  batch.delete_table();
  const auto finished = batch.finish();
  const Ack ack = socket_.batch(finished.datagram, finished.last_sequence);
  if (ack.err == ENOENT) return false;
  if (ack.err != 0) refuse(ack, "removing the packet filter's table " + table_);
  return true;
}

}  // namespace stack::netns
