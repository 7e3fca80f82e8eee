#include <random>

#include <gmock/gmock.h>

#include "netns/dns/names.h"
#include "netns/dns/resolv_conf.h"
#include "netns/dns/wire.h"

namespace stack::netns::dns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::byte> bytes(std::string_view text) {
  const auto* raw = reinterpret_cast<const std::byte*>(text.data());
  return {raw, raw + text.size()};
}

using namespace std::string_view_literals;
constexpr auto kHeader = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"sv;

std::string question(std::string_view name, std::uint16_t type = 1) {
  std::string out;
  while (!name.empty()) {
    const auto dot = std::min(name.find('.'), name.size());
    out += static_cast<char>(dot);
    out += name.substr(0, dot);
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  out += '\0';
  return out + static_cast<char>(type >> 8) + static_cast<char>(type & 0xff) + std::string("\0\1", 2);
}

Query query(std::string_view name, std::uint16_t type = 1) {
  return parse_query(bytes(std::string(kHeader) + question(name, type))).query.value();
}

TEST(NetnsDnsWire, ReadsAQuestion) {
  const Query q = query("Web.Example.ORG", 28);
  EXPECT_EQ(q.id, 0x1234);
  EXPECT_EQ(q.name, "web.example.org");
  EXPECT_EQ(q.type, 28);
  EXPECT_TRUE(q.recursion_desired);
  EXPECT_FALSE(q.edns);
  const auto opt = std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01", 12) + question("a") +
                   std::string("\0\0\x29\xff\xff\0\0\0\0\0\0", 11);
  const auto with = parse_query(bytes(opt)).query.value();
  EXPECT_TRUE(with.edns);
  EXPECT_EQ(with.udp_bytes, kMaxEdnsBytes) << "bounded";
}

TEST(NetnsDnsWire, RefusesHostileQuestions) {
  const auto refused = [](const std::string& text) { return !parse_query(bytes(text)).query; };
  const std::string head(kHeader);
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused(head));
  EXPECT_TRUE(refused(head + "\x3f"));
  EXPECT_TRUE(refused(head + std::string("\xc0\x0c\0\1\0\1", 6))) << "a pointer to itself";
  EXPECT_TRUE(refused(head + std::string("\xc0\xff\0\1\0\1", 6))) << "a pointer forwards";
  EXPECT_TRUE(refused(head + std::string("\x80x\0\0\1\0\1", 7))) << "a reserved label type";
  EXPECT_TRUE(refused(head + std::string("\3a.b\0\0\1\0\1", 9))) << "a dot inside a label";
  EXPECT_TRUE(refused(head + std::string("\3web\0\0\1", 7))) << "cut short";
  std::string loop = head;
  for (int i = 0; i < 40; ++i) loop += std::string("\xc0", 1) + static_cast<char>(12 + i * 2 - (i > 0 ? 2 : 0));
  EXPECT_TRUE(refused(loop));
  std::string name;
  for (int i = 0; i < 5; ++i) name += std::string(60, 'a') + ".";
  name.pop_back();
  EXPECT_TRUE(refused(head + question(name))) << "longer than a name can be";
  EXPECT_TRUE(refused(std::string("\x12\x34\x81\x00\x00\x01", 6) + std::string(6, '\0') + question("a")))
      << "an answer";
  const auto two = parse_query(bytes(std::string("\x12\x34\x01\x00\x00\x02\0\0\0\0\0\0", 12) + question("a")));
  EXPECT_EQ(two.error.id, 0x1234);
  EXPECT_EQ(two.error.code, Rcode::format);
}

TEST(NetnsDnsWire, SurvivesNoise) {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::byte> noise(random() % 80);
    for (auto& byte : noise) byte = static_cast<std::byte>(random());
    if (noise.size() > 6) noise[2] = noise[4] = std::byte{0}, noise[5] = std::byte{1};
    const auto parsed = parse_query(noise);
    if (parsed.query) {
      EXPECT_LE(parsed.query->name.size(), 253u);
    }
  }
}

TEST(NetnsDnsWire, AnswersFitAndSayWhenTheyDoNot) {
  Answer answer;
  for (std::uint32_t i = 0; i < 100; ++i) answer.addresses.push_back({Family::v4, 0x0a000000 + i});
  const Query q = query("web");
  const auto cut = encode_answer(q, answer, 5, kMaxUdpBytes);
  EXPECT_LE(cut.size(), kMaxUdpBytes);
  EXPECT_TRUE(truncated(cut));
  const auto whole = encode_answer(q, answer, 5, kMaxMessageBytes);
  EXPECT_FALSE(truncated(whole));
  EXPECT_EQ(std::to_integer<int>(whole[7]), 100);
  EXPECT_TRUE(answers(whole, q, 0x1234));
  EXPECT_FALSE(answers(whole, q, 0x1235));
  EXPECT_FALSE(answers(whole, query("other"), 0x1234));
}

TEST(NetnsDnsWire, KnowsAnAnswerThatSaysNothing) {
  const auto answer = [](unsigned flags, unsigned answers) {
    std::vector<std::byte> out(12);
    out[2] = static_cast<std::byte>(0x80 | flags >> 8);
    out[3] = static_cast<std::byte>(flags & 0xff);
    out[7] = static_cast<std::byte>(answers);
    return out;
  };
  for (const unsigned rcode : {2U, 4U, 5U}) EXPECT_TRUE(says_nothing(answer(rcode | 0x80, 0))) << rcode;
  EXPECT_TRUE(says_nothing(answer(0, 0))) << "a referral";
  EXPECT_FALSE(says_nothing(answer(0x80, 0))) << "no such address, by a server that asks others";
  EXPECT_FALSE(says_nothing(answer(0x400, 0))) << "no such address, by the one in charge";
  EXPECT_FALSE(says_nothing(answer(3, 0))) << "no such name";
  EXPECT_FALSE(says_nothing(answer(0, 1)));
  EXPECT_TRUE(says_nothing({}));
}

TEST(NetnsDnsWire, ReverseNames) {
  EXPECT_EQ(reverse_address("2.0.17.172.in-addr.arpa")->text(), "172.17.0.2");
  EXPECT_EQ(reverse_address("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa")->text(),
            "fd00::1");
  for (const char* bad : {"2.0.17.in-addr.arpa", "256.0.17.172.in-addr.arpa", "1.2.3.4.5.in-addr.arpa", "x.ip6.arpa",
                          "in-addr.arpa", ".in-addr.arpa", "web"}) {
    EXPECT_FALSE(reverse_address(bad)) << bad;
  }
}

Record record(const std::string& id, const std::string& network, const char* address, std::vector<std::string> names) {
  const std::string reverse = names.at(0) + "." + network;
  return {id, network, std::move(names), reverse, {parse_address(address).value()}};
}

std::vector<std::string> texts(const std::optional<Answer>& answer) {
  std::vector<std::string> out;
  for (const Address& each : answer.value().addresses) out.push_back(each.text());
  return out;
}

TEST(NetnsDnsNames, RotatesOverTheReadyOnesOrAll) {
  Names names;
  names.add(record("a", "front", "10.0.0.2", {"Web-1", "web"}));
  names.add(record("b", "front", "10.0.0.3", {"web-2", "web"}));
  EXPECT_THAT(texts(names.find({"front"}, query("web"))), UnorderedElementsAre("10.0.0.2", "10.0.0.3"));
  const auto first = texts(names.find({"front"}, query("web"))), second = texts(names.find({"front"}, query("web")));
  EXPECT_NE(first.front(), second.front());
  names.set_ready("b", true);
  EXPECT_THAT(texts(names.find({"front"}, query("web"))), ElementsAre("10.0.0.3"));
  EXPECT_THAT(texts(names.find({"front"}, query("web-1"))), ElementsAre("10.0.0.2"));
  EXPECT_THAT(texts(names.find({"front"}, query("web-1.front"))), ElementsAre("10.0.0.2"));
  EXPECT_THAT(texts(names.find({"front"}, query("web", 28))), IsEmpty());
  EXPECT_FALSE(names.find({"front"}, query("nobody")));
  EXPECT_FALSE(names.find({"back"}, query("web")));
  EXPECT_EQ(names.find({"front"}, query("2.0.0.10.in-addr.arpa", 12))->names, std::vector<std::string>{"Web-1.front"});
  names.remove("a");
  EXPECT_FALSE(names.find({"front"}, query("web-1")));
  EXPECT_FALSE(names.find({"front"}, query("2.0.0.10.in-addr.arpa", 12)));
  EXPECT_THAT(texts(names.find({"front"}, query("web"))), ElementsAre("10.0.0.3"));
}

TEST(NetnsDnsNames, OneNetworkGoesAndTheOthersStay) {
  Names names;
  names.add(record("a", "front", "10.0.0.2", {"web"}));
  names.add(record("a", "back", "10.1.0.2", {"web"}));
  names.set_ready("a", true);
  names.remove("a", "front");
  names.remove("a", "nowhere");
  EXPECT_FALSE(names.find({"front"}, query("web")));
  EXPECT_FALSE(names.find({"front"}, query("2.0.0.10.in-addr.arpa", 12)));
  EXPECT_THAT(texts(names.find({"back"}, query("web"))), ElementsAre("10.1.0.2"));
}

TEST(NetnsDnsNames, TheFirstNetworkWithTheNameAnswers) {
  Names names;
  names.add(record("a", "front", "10.0.0.2", {"db"}));
  names.add(record("b", "back", "10.1.0.2", {"db"}));
  EXPECT_THAT(texts(names.find({"back", "front"}, query("db"))), ElementsAre("10.1.0.2"));
  names.add(record("a", "front", "10.0.0.9", {"db"}));
  EXPECT_THAT(texts(names.find({"front"}, query("db"))), ElementsAre("10.0.0.9"))
      << "a new record takes the old one's place";
}

TEST(NetnsResolvConf, HostAndContainer) {
  const auto host = parse_resolv_conf(
      "# nameserver 1.1.1.1\nnameserver 10.0.0.1 # first\nnameserver nonsense\nnameserver fe80::1\r\n"
      "domain old\nsearch lan corp\noptions ndots:2 timeout:1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n\x01garbage");
  EXPECT_THAT(host.servers, ElementsAre("10.0.0.1", "fe80::1", "10.0.0.2"));
  EXPECT_EQ(container_resolv_conf(host, {}, {}),
            "# Written by stack; names are answered by the engine.\nnameserver 127.0.0.11\nsearch lan corp\n"
            "options timeout:1 ndots:0\n");
  EXPECT_EQ(container_resolv_conf(host, {"."}, {"ndots:3"}),
            "# Written by stack; names are answered by the engine.\nnameserver 127.0.0.11\noptions ndots:3\n");
  EXPECT_EQ(
      container_resolv_conf({}, {"a\nnameserver 6.6.6.6", "good"}, {}),
      "# Written by stack; names are answered by the engine.\nnameserver 127.0.0.11\nsearch good\noptions ndots:0\n");
}

}  // namespace
}  // namespace stack::netns::dns
