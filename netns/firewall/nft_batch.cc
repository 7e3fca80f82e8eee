#include "netns/firewall/nft_batch.h"

#include <cstring>

#include <arpa/inet.h>
#include <libnftnl/common.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "base/error.h"

namespace stack::netns {

namespace {

constexpr std::size_t kScratchBytes = std::size_t{128}
                                      << 10;      // libnftnl does not check bounds: twice the longest attribute
constexpr std::size_t kElementsPerMessage = 256;  // their attribute's length has 16 bits

template <class T, void (*Free)(const T*)>
struct Freer {
  void operator()(T* object) const { Free(object); }
};
using Table = std::unique_ptr<nftnl_table, Freer<nftnl_table, nftnl_table_free>>;
using Chain = std::unique_ptr<nftnl_chain, Freer<nftnl_chain, nftnl_chain_free>>;
using Rule = std::unique_ptr<nftnl_rule, Freer<nftnl_rule, nftnl_rule_free>>;
using Set = std::unique_ptr<nftnl_set, Freer<nftnl_set, nftnl_set_free>>;

template <class Owner>
Owner owned(typename Owner::pointer object) {
  if (object == nullptr) throw Error("out of memory for nftables");
  return Owner(object);
}

}  // namespace

std::uint16_t nft_type(int message) { return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message); }

NftBatch::NftBatch(std::uint16_t family, std::string table) : family_(family), table_(std::move(table)) {}

void NftBatch::append(std::uint16_t type, std::uint16_t flags, const std::function<void(nlmsghdr*)>& fill) {
  alignas(nlmsghdr) static thread_local char scratch[kScratchBytes];
  nlmsghdr* header = nftnl_nlmsg_build_hdr(scratch, type, family_, flags, 0);
  fill(header);
  const auto* raw = reinterpret_cast<const std::byte*>(header);
  messages_.emplace_back(raw, raw + header->nlmsg_len);
}

void NftBatch::add_table() {
  auto table = owned<Table>(nftnl_table_alloc());
  nftnl_table_set_str(table.get(), NFTNL_TABLE_NAME, table_.c_str());
  append(NFT_MSG_NEWTABLE, NLM_F_CREATE,
         [&](nlmsghdr* header) { nftnl_table_nlmsg_build_payload(header, table.get()); });
}

void NftBatch::delete_table() {
  auto table = owned<Table>(nftnl_table_alloc());
  nftnl_table_set_str(table.get(), NFTNL_TABLE_NAME, table_.c_str());
  append(NFT_MSG_DELTABLE, 0, [&](nlmsghdr* header) { nftnl_table_nlmsg_build_payload(header, table.get()); });
}

void NftBatch::add_set(const SetType& type) {
  auto set = owned<Set>(nftnl_set_alloc());
  nftnl_set_set_str(set.get(), NFTNL_SET_TABLE, table_.c_str());
  nftnl_set_set_str(set.get(), NFTNL_SET_NAME, type.name.c_str());
  nftnl_set_set_u32(set.get(), NFTNL_SET_ID, ++set_id_);
  nftnl_set_set_u32(set.get(), NFTNL_SET_FAMILY, family_);
  nftnl_set_set_u32(set.get(), NFTNL_SET_FLAGS, type.flags);
  nftnl_set_set_u32(set.get(), NFTNL_SET_KEY_TYPE, type.key_type);
  nftnl_set_set_u32(set.get(), NFTNL_SET_KEY_LEN, type.key_bytes);
  if ((type.flags & NFT_SET_MAP) != 0) {
    nftnl_set_set_u32(set.get(), NFTNL_SET_DATA_TYPE, type.data_type);
    nftnl_set_set_u32(set.get(), NFTNL_SET_DATA_LEN, type.data_bytes);
  }
  if (type.host_order) {
    constexpr std::uint32_t kHostOrder = 1;
    Bytes record(2 + sizeof kHostOrder);
    record[0] = std::byte{NFTNL_UDATA_SET_KEYBYTEORDER};
    record[1] = std::byte{sizeof kHostOrder};
    std::memcpy(record.data() + 2, &kHostOrder, sizeof kHostOrder);
    nftnl_set_set_data(set.get(), NFTNL_SET_USERDATA, record.data(), static_cast<std::uint32_t>(record.size()));
  }
  append(NFT_MSG_NEWSET, NLM_F_CREATE, [&](nlmsghdr* header) { nftnl_set_nlmsg_build_payload(header, set.get()); });
}

void NftBatch::add_chain(const std::string& name) {
  auto chain = owned<Chain>(nftnl_chain_alloc());
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TABLE, table_.c_str());
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_NAME, name.c_str());
  append(NFT_MSG_NEWCHAIN, NLM_F_CREATE,
         [&](nlmsghdr* header) { nftnl_chain_nlmsg_build_payload(header, chain.get()); });
}

void NftBatch::add_chain(const BaseChain& base) {
  auto chain = owned<Chain>(nftnl_chain_alloc());
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TABLE, table_.c_str());
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_NAME, base.name.c_str());
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TYPE, base.type.c_str());
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_HOOKNUM, base.hook);
  nftnl_chain_set_s32(chain.get(), NFTNL_CHAIN_PRIO, base.priority);
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_POLICY, NF_ACCEPT);
  append(NFT_MSG_NEWCHAIN, NLM_F_CREATE,
         [&](nlmsghdr* header) { nftnl_chain_nlmsg_build_payload(header, chain.get()); });
}

void NftBatch::rule(const std::string& chain, std::uint16_t flags, const std::string& comment, Exprs exprs) {
  auto rule = owned<Rule>(nftnl_rule_alloc());
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, table_.c_str());
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, chain.c_str());
  nftnl_rule_set_u32(rule.get(), NFTNL_RULE_FAMILY, family_);
  if (!comment.empty()) {
    // What nft(8) shows as the rule's comment: one type-length-value record.
    Bytes record;
    record.push_back(std::byte{0});
    record.push_back(static_cast<std::byte>(comment.size() + 1));
    for (const char c : comment) record.push_back(static_cast<std::byte>(c));
    record.push_back(std::byte{0});
    nftnl_rule_set_data(rule.get(), NFTNL_RULE_USERDATA, record.data(), static_cast<std::uint32_t>(record.size()));
  }
  for (Expr& expr : exprs) nftnl_rule_add_expr(rule.get(), expr.release());
  append(NFT_MSG_NEWRULE, static_cast<std::uint16_t>(NLM_F_CREATE | flags),
         [&](nlmsghdr* header) { nftnl_rule_nlmsg_build_payload(header, rule.get()); });
}

void NftBatch::add_rule(const std::string& chain, Exprs exprs) { rule(chain, NLM_F_APPEND, {}, std::move(exprs)); }

void NftBatch::insert_rule(const std::string& chain, const std::string& comment, Exprs exprs) {
  rule(chain, 0, comment, std::move(exprs));
}

void NftBatch::delete_rule(const std::string& chain, std::uint64_t handle) {
  auto rule = owned<Rule>(nftnl_rule_alloc());
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, table_.c_str());
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, chain.c_str());
  nftnl_rule_set_u64(rule.get(), NFTNL_RULE_HANDLE, handle);
  append(NFT_MSG_DELRULE, 0, [&](nlmsghdr* header) { nftnl_rule_nlmsg_build_payload(header, rule.get()); });
}

void NftBatch::elements(std::uint16_t type, std::uint16_t flags, SetId set_id,
                        const std::vector<std::pair<ElementKey, ElementValue>>& elements) {
  for (std::size_t begin = 0; begin < elements.size(); begin += kElementsPerMessage) {
    auto set = owned<Set>(nftnl_set_alloc());
    nftnl_set_set_str(set.get(), NFTNL_SET_TABLE, table_.c_str());
    nftnl_set_set_str(set.get(), NFTNL_SET_NAME, name_of(set_id));
    const std::size_t end = std::min(elements.size(), begin + kElementsPerMessage);
    for (std::size_t i = begin; i < end; ++i) {
      const auto& [key, value] = elements[i];
      nftnl_set_elem* element = nftnl_set_elem_alloc();
      if (element == nullptr) throw Error("out of memory for nftables");
      nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, key.key.data(), static_cast<std::uint32_t>(key.key.size()));
      if (key.interval_end) nftnl_set_elem_set_u32(element, NFTNL_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
      if (!value.data.empty()) {
        nftnl_set_elem_set(element, NFTNL_SET_ELEM_DATA, value.data.data(),
                           static_cast<std::uint32_t>(value.data.size()));
      }
      if (!value.chain.empty()) {
        nftnl_set_elem_set_u32(element, NFTNL_SET_ELEM_VERDICT, static_cast<std::uint32_t>(NFT_GOTO));
        nftnl_set_elem_set_str(element, NFTNL_SET_ELEM_CHAIN, value.chain.c_str());
      }
      nftnl_set_elem_add(set.get(), element);
    }
    append(type, flags, [&](nlmsghdr* header) { nftnl_set_elems_nlmsg_build_payload(header, set.get()); });
  }
}

void NftBatch::add_elements(SetId set, const std::vector<std::pair<ElementKey, ElementValue>>& list) {
  elements(NFT_MSG_NEWSETELEM, NLM_F_CREATE, set, list);
}

void NftBatch::delete_elements(SetId set, const std::vector<ElementKey>& keys) {
  std::vector<std::pair<ElementKey, ElementValue>> list;
  list.reserve(keys.size());
  for (const ElementKey& key : keys) list.emplace_back(key, ElementValue{});
  elements(NFT_MSG_DELSETELEM, 0, set, list);
}

std::vector<Bytes> NftBatch::messages() && {
  std::vector<Bytes> out;
  const auto edge = [&](std::uint16_t type) {
    // libnftnl wants room for the header and its nfgenmsg only.
    alignas(nlmsghdr) char raw[64];
    const nlmsghdr* header = type == NFNL_MSG_BATCH_BEGIN ? nftnl_batch_begin(raw, 0) : nftnl_batch_end(raw, 0);
    const auto* bytes = reinterpret_cast<const std::byte*>(header);
    out.emplace_back(bytes, bytes + header->nlmsg_len);
  };
  edge(NFNL_MSG_BATCH_BEGIN);
  for (Bytes& message : messages_) {
    auto* header = reinterpret_cast<nlmsghdr*>(message.data());
    header->nlmsg_flags |= NLM_F_ACK;
    out.push_back(std::move(message));
  }
  edge(NFNL_MSG_BATCH_END);
  return out;
}

NftBatch::Finished NftBatch::finish() {
  Finished out;
  std::vector<Bytes> all = std::move(*this).messages();
  std::uint32_t sequence = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto* header = reinterpret_cast<nlmsghdr*>(all[i].data());
    header->nlmsg_seq = ++sequence;
    const bool last = i + 2 == all.size();
    if (last) out.last_sequence = sequence;
    if (!last) header->nlmsg_flags &= static_cast<std::uint16_t>(~NLM_F_ACK);
    out.datagram.insert(out.datagram.end(), all[i].begin(), all[i].end());
  }
  return out;
}

}  // namespace stack::netns
