#include "netns/dns/resolv_conf.h"

#include <algorithm>

#include "netns/ipam/address.h"

namespace stack::netns::dns {

namespace {

constexpr std::size_t kMaxServers = 3, kMaxSearch = 32;

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  constexpr std::string_view kBlank = " \t\r";
  for (std::size_t at = line.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const auto end = std::min(line.find_first_of(kBlank, at), line.size());
    out.emplace_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlank, end);
  }
  return out;
}

bool is_visible(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

}  // namespace

ResolvConf parse_resolv_conf(std::string_view text) {
  ResolvConf out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, std::min(text.find_first_of("#;"), end));
    text.remove_prefix(std::min(end + 1, text.size()));
    auto words = words_of(line);
    if (words.size() < 2) continue;
    const std::string key = words.front();
    words.erase(words.begin());
    if (key == "nameserver" && out.servers.size() < kMaxServers && parse_address(words.front())) {
      out.servers.push_back(words.front());
    } else if (key == "search" || key == "domain") {
      words.resize(std::min(words.size(), kMaxSearch));
      out.search = std::move(words);
    } else if (key == "options") {
      out.options.insert(out.options.end(), words.begin(), words.end());
    }
  }
  return out;
}

namespace {

std::string line(const char* key, const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (is_visible(word) && word != ".") text += " " + word;
  }
  return text.empty() ? "" : key + text + "\n";
}

}  // namespace

std::string container_resolv_conf(const ResolvConf& host, const std::vector<std::string>& search,
                                  const std::vector<std::string>& options) {
  std::vector<std::string> all = options.empty() ? host.options : options;
  const bool has_ndots =
      std::any_of(all.begin(), all.end(), [](const std::string& word) { return word.starts_with("ndots:"); });
  if (!has_ndots || options.empty()) {
    std::erase_if(all, [](const std::string& word) { return word.starts_with("ndots:"); });
    all.push_back("ndots:0");
  }
  return "# Written by stack; names are answered by the engine.\n" + line("nameserver", {kContainerServer}) +
         line("search", search.empty() ? host.search : search) + line("options", all);
}

std::string direct_resolv_conf(const ResolvConf& host, const std::vector<std::string>& servers,
                               const std::vector<std::string>& search, const std::vector<std::string>& options) {
  std::string out = "# Written by stack.\n";
  for (const std::string& server : servers) out += line("nameserver", {server});
  return out + line("search", search.empty() ? host.search : search) +
         line("options", options.empty() ? host.options : options);
}

}  // namespace stack::netns::dns
