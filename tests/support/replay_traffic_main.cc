// replay_traffic SOCKET FILE: sends an engine the requests of recorded traffic (tests/e2e/docker_traffic), in the order and with the
// overlaps in which Docker's clients sent them, and compares the answers with dockerd's. Prints a line for each command (`# docker ...`)
// and for each difference:
//   METHOD TARGET: where: what dockerd answered, what came here
// Exit code 0 when everything was sent, whatever differs; 1 when the file or the engine cannot be read.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/base64.h"
#include "base/error.h"
#include "engine/client/unix_socket.h"

namespace {

using nlohmann::json;

constexpr std::time_t kAnswerSeconds = 30;

// The ids of this engine behind the words `@N` of the record.
class Ids {
 public:
  // Of a request: words become ids.
  std::string spelt(const std::string& text) const {
    static const std::regex word("@([0-9]+)(\\.12)?");
    std::string out;
    auto from = text.begin();
    for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) {
      out.append(from, (*at)[0].first);
      from = (*at)[0].second;
      const auto known = ids_.find((*at)[1]);
      if (known == ids_.end()) {
        out += at->str();
      } else {
        out += (*at)[2].matched ? known->second.substr(0, 12) : known->second;
      }
    }
    return out.append(from, text.end());
  }
  // Whether an answer's text is the recorded one; learns the ids that it names first.
  bool match(const std::string& recorded, const std::string& here) {
    if (recorded == "~" || recorded == here) return true;
    const std::string processors = "range of CPUs is from 0.01 to ";
    if (recorded.starts_with(processors)) return here.starts_with(processors);
    static const std::regex uptime(
        "^Up (Less than a second|[0-9]+ seconds?|About a minute)( [(]health: starting[)]| [(]healthy[)])?");
    if (std::regex_search(recorded, uptime) && std::regex_search(here, uptime))
      return std::regex_replace(recorded, uptime, "") == std::regex_replace(here, uptime, "");
    const std::string wanted = spelt(recorded);
    std::string pattern;
    std::vector<std::string> fresh;
    static const std::regex part("@([0-9]+)(\\.12)?|[^A-Za-z0-9_ ]");
    auto from = wanted.begin();
    for (std::sregex_iterator at(wanted.begin(), wanted.end(), part), end; at != end; ++at) {
      pattern.append(from, (*at)[0].first);
      from = (*at)[0].second;
      if (!(*at)[1].matched) {
        pattern += "\\" + at->str();
      } else if ((*at)[2].matched) {
        pattern += "[0-9a-f]{12}";
      } else {
        pattern += "([0-9a-f]{64})";
        fresh.push_back((*at)[1]);
      }
    }
    pattern.append(from, wanted.end());
    std::smatch found;
    if (!std::regex_match(here, found, std::regex(pattern))) return false;
    for (std::size_t i = 0; i < fresh.size(); ++i) ids_.emplace(fresh[i], found[i + 1]);
    return true;
  }

 private:
  std::map<std::string, std::string> ids_;
};

// Without the version, the query and the names of things, whose places hold `*`.
std::string route_of(const std::string& target) {
  static const std::regex version("^/v[0-9.]+"), query("[?].*"),
      things("/(containers|images|networks|volumes|exec)/(?!json|create|prune|load|get|search)(.+?)(/[a-z]+)?$");
  const std::string plain = std::regex_replace(std::regex_replace(target, version, ""), query, "");
  return std::regex_replace(plain, things, "/$1/*$3");
}

// The answer of one request, read as far as it was asked for.
class Exchange {
 public:
  Exchange(const std::string& socket, const json& sent, const Ids& ids)
      : name(sent.at("method").get<std::string>() + " " + route_of(sent.at("target"))),
        head_only_(sent.at("method") == "HEAD"),
        socket_(stack::client::connect_unix(socket)) {
    const timeval patience{.tv_sec = kAnswerSeconds, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::string body;
    if (sent.contains("base64")) body = stack::decode_base64(sent.at("base64").get<std::string>()).value();
    if (sent.contains("body")) body = ids.spelt(sent.at("body").dump());
    std::string target = ids.spelt(sent.at("target"));
    if (const auto at = target.find("@now"); at != std::string::npos)
      target.replace(at, 4, std::to_string(::time(nullptr) + 1));
    std::string request = sent.at("method").get<std::string>() + " " + target + " HTTP/1.1\r\nHost: docker\r\n";
    for (const auto& [header, value] : sent.at("headers").items())
      request += header + ": " + value.get<std::string>() + "\r\n";
    if (!sent.at("headers").contains("upgrade")) request += "Connection: close\r\n";
    request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    stack::client::send_all(socket_, request + body);
  }

  void input(const std::string& text, bool end) {
    stack::client::send_all(socket_, text);
    if (end) ::shutdown(socket_.get(), SHUT_WR);
  }
  void read_head() {
    while (rest_.find("\r\n\r\n") == std::string::npos)
      if (!more()) break;
    const std::size_t end = rest_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string head = rest_.substr(0, end + 2);
    rest_.erase(0, end + 4);
    status = std::stoi(head.substr(9, 3));
    static const std::regex type_line("\r\nContent-Type: ([^\r]*)", std::regex::icase);
    std::smatch found;
    if (std::regex_search(head, found, type_line)) type = found[1];
    static const std::regex chunked("\r\nTransfer-Encoding: chunked\r\n", std::regex::icase);
    chunked_ = std::regex_search(head, chunked);
  }
  std::string read_body() {
    if (head_only_) return {};
    while (more()) {
    }
    if (!chunked_) return rest_;
    std::string body;
    for (std::size_t at = 0;;) {
      const std::size_t line = rest_.find("\r\n", at);
      if (line == std::string::npos) return body + "(cut)";
      const std::size_t size = std::stoul(rest_.substr(at, line - at), nullptr, 16);
      if (size == 0) return body;
      body += rest_.substr(line + 2, size);
      at = line + 2 + size + 2;
    }
  }

  std::string name;
  int status = 0;
  std::string type;

 private:
  bool more() {
    std::array<char, 65536> block{};
    const ssize_t got = ::recv(socket_.get(), block.data(), block.size(), 0);
    if (got < 0) rest_ += "(nothing within " + std::to_string(kAnswerSeconds) + " s)";
    if (got <= 0) return false;
    rest_.append(block.data(), static_cast<std::size_t>(got));
    return true;
  }

  bool head_only_;
  stack::UniqueFd socket_;
  std::string rest_;
  bool chunked_ = false;
};

// Output by its streams, as the frames carry it.
json frames_of(std::string_view bytes) {
  std::map<std::string, std::string> found{{"stdout", ""}, {"stderr", ""}};
  while (bytes.size() >= 8) {
    std::size_t size = 0;
    for (std::size_t i = 4; i < 8; ++i) size = size << 8 | static_cast<unsigned char>(bytes[i]);
    found[bytes[0] == 2 ? "stderr" : "stdout"] += bytes.substr(8, size);
    bytes.remove_prefix(std::min(bytes.size(), 8 + size));
  }
  return found;
}

json records_of(const std::string& text) {
  json records = json::array();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (line.find_first_not_of("\r ") != std::string::npos) records.push_back(json::parse(line, nullptr, false));
    at = end + 1;
  }
  return records;
}

// Members whose values are a matter of the machine, the engine's folders and the moment.
bool is_place(const std::string& key) {
  static const std::set<std::string> keys{"AppArmorProfile", "Created",      "ExecIDs",        "GraphDriver", "Health",
                                          "HostPort",        "HostnamePath", "HostsPath",      "IPAddress",   "LogPath",
                                          "MacAddress",      "Mountpoint",   "ResolvConfPath", "SandboxKey",  "Size",
                                          "SizeRootFs",      "Source",       "SpaceReclaimed", "execDuration"};
  return keys.contains(key);
}

// What comes in no order is compared in the order of its names.
json in_order(json value) {
  if (value.is_object())
    for (auto& [key, member] : value.items()) member = in_order(std::move(member));
  for (const char* name : {"Name", "Path"}) {
    const bool named = value.is_array() && std::all_of(value.begin(), value.end(), [&](const json& item) {
                         return item.is_object() && item.contains(name) && item[name].is_string();
                       });
    if (named) std::sort(value.begin(), value.end(), [&](const json& a, const json& b) { return a[name] < b[name]; });
  }
  return value;
}

class Replay {
 public:
  explicit Replay(std::string socket) : socket_(std::move(socket)) {}

  void play(const json& event) {
    if (event.contains("command")) {
      std::printf("# %s\n", event.at("command").get<std::string>().c_str());
    } else if (event.contains("send")) {
      exchanges_[event.at("send")] = std::make_unique<Exchange>(socket_, event, ids_);
    } else if (event.contains("head")) {
      compare_head(*exchanges_.at(event.at("head")), event);
    } else if (event.contains("input")) {
      exchanges_.at(event.at("input"))->input(event.at("text"), event.at("end"));
    } else if (event.contains("left")) {
      exchanges_.erase(event.at("left").get<int>());
    } else if (event.contains("end")) {
      compare_body(*exchanges_.at(event.at("end")), event);
      exchanges_.erase(event.at("end").get<int>());
    }
  }

 private:
  void differs(const std::string& where, const std::string& recorded, const std::string& here) {
    std::printf("%s: %s: %s, here %s\n", name_.c_str(), where.c_str(), recorded.c_str(), here.c_str());
  }

  void compare_head(Exchange& exchange, const json& recorded) {
    name_ = exchange.name;
    exchange.read_head();
    if (exchange.status != recorded.at("status"))
      differs("status", recorded.at("status").dump(), std::to_string(exchange.status));
    const auto plain = [](const std::string& type) { return type.substr(0, type.find(';')); };
    if (plain(exchange.type) != plain(recorded.at("type"))) differs("type", recorded.at("type"), exchange.type);
  }

  void compare_body(Exchange& exchange, const json& recorded) {
    name_ = exchange.name;
    // What tells of the machine has a shape only.
    static const std::regex machine("[A-Z]+ /(info|version|system/df|_ping|containers/[*]/(stats|top))");
    shape_only_ = std::regex_match(name_, machine);
    const std::string body = exchange.read_body();
    if (recorded.contains("json")) {
      const json here = json::parse(body, nullptr, false);
      if (here.is_discarded()) return differs("body", "JSON", "\"" + body.substr(0, 200) + "\"");
      compare("", in_order(recorded.at("json")), in_order(here));
    } else if (recorded.contains("records")) {
      compare("", recorded.at("records"), records_of(body));
    } else if (recorded.contains("frames")) {
      compare("", recorded.at("frames"), frames_of(body));
    } else if (recorded.contains("text")) {
      compare("", recorded.at("text"), body);
    } else if (body.empty()) {
      differs("body", "bytes", "none");
    }
  }

  void compare(const std::string& where, const json& recorded, const json& here) {
    if (shape_only_ && recorded.empty() && here.empty()) return;
    if (recorded.is_null()) {
      if (!here.empty() && !here.is_boolean()) differs(where, "null", here.dump().substr(0, 100));
    } else if (recorded.type() != here.type() && !(recorded.is_number() && here.is_number())) {
      differs(where, recorded.dump().substr(0, 100), here.dump().substr(0, 100));
    } else if (recorded.is_object()) {
      compare_members(where, recorded, here);
    } else if (recorded.is_array()) {
      const std::size_t both = std::min(recorded.size(), here.size());
      if (recorded.size() != here.size() && !shape_only_)
        differs(where, std::to_string(recorded.size()) + " items", std::to_string(here.size()) + " items");
      for (std::size_t i = 0; i < both; ++i) compare(where + "/" + std::to_string(i), recorded[i], here[i]);
    } else if (recorded.is_string()) {
      if (!ids_.match(recorded, here) && !shape_only_) differs(where, recorded.dump(), here.dump());
    } else if (recorded != here && recorded != -1 && !shape_only_) {
      differs(where, recorded.dump(), here.dump());
    }
  }

  void compare_members(const std::string& where, const json& recorded, const json& here) {
    for (const auto& [key, value] : recorded.items()) {
      const auto member = find(here, key);
      if (member && is_place(key)) {
        const bool alike = value.type() == member->type() || (value.is_number() && member->is_number());
        if (!alike && !value.is_null() && !member->is_null()) differs(where + "/" + key, value.dump(), member->dump());
      } else if (member) {
        compare(where + "/" + key, value, *member);
      } else {
        differs(where + "/" + key, value.dump().substr(0, 100), "no such member");
      }
    }
  }
  std::optional<json> find(const json& here, const std::string& key) {
    for (const auto& [name, value] : here.items())
      if (ids_.match(key, name)) return value;
    return std::nullopt;
  }

  std::string socket_;
  std::map<int, std::unique_ptr<Exchange>> exchanges_;
  Ids ids_;
  std::string name_;
  bool shape_only_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: replay_traffic SOCKET FILE\n", stderr);
    return 2;
  }
  try {
    std::ifstream file(argv[2]);
    if (!file) throw stack::Error(std::string{"cannot read "} + argv[2]);
    Replay replay(argv[1]);
    for (std::string line; std::getline(file, line);) replay.play(json::parse(line));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "replay_traffic: %s\n", error.what());
    return 1;
  }
  return 0;
}
