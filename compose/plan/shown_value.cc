#include "compose/plan/shown_value.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/bytes.h"
#include "base/duration.h"
#include "base/letter_case.h"
#include "base/model/model_words.h"

namespace stack::compose {
namespace {

constexpr std::size_t kValueBytesMax = 60;
constexpr const char* kNothing = "none";
constexpr const char* kUnset = "unset";

using Texts = std::vector<std::string>;

bool sounds_secret(const std::string& written) {
  const std::string name = upper(written);
  constexpr std::array kWords = {"PASS", "SECRET", "TOKEN", "KEY", "CREDENTIAL", "AUTH", "PRIVATE", "SALT", "CERT"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](const char* word) { return name.find(word) != std::string::npos; });
}

// "scheme://user:password@host"
bool has_password(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view authority = text.substr(scheme + 3, text.find('/', scheme + 3) - scheme - 3);
  return authority.find('@') != std::string_view::npos;
}

bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

bool may_be_shown(const Texts& texts) {
  return std::none_of(texts.begin(), texts.end(), [](const std::string& text) {
    return sounds_secret(text) || has_password(text) || !is_plain(text);
  });
}

std::string joined(const Texts& texts, const char* between) {
  std::string text;
  for (const std::string& each : texts) text += (&each == &texts.front() ? "" : between) + each;
  return text;
}

ShownPair pair_of(Shown before, Shown after) {
  if (!before || !after || *before == *after) return {};
  return {std::move(before), std::move(after)};
}

// "8080:80", "[8080:80, 9090:90]"; with `rest` there are others, which are the same on both sides.
std::string list_text(const Texts& texts, bool rest) {
  if (texts.empty() && !rest) return kNothing;
  if (texts.size() == 1 && !rest) return texts.front();
  return "[" + joined(texts, ", ") + (rest ? (texts.empty() ? "..." : ", ...") : "") + "]";
}

Texts without(Texts all, const Texts& others) {
  std::erase_if(all,
                [&](const std::string& each) { return std::find(others.begin(), others.end(), each) != others.end(); });
  return all;
}

ShownPair lists(const Texts& before, const Texts& after) {
  if (!may_be_shown(before) || !may_be_shown(after)) return {};
  std::string was = list_text(before, false), is = list_text(after, false);
  if (was.size() > kValueBytesMax || is.size() > kValueBytesMax) {
    const Texts gone = without(before, after), come = without(after, before);
    was = list_text(gone, gone.size() < before.size());
    is = list_text(come, come.size() < after.size());
  }
  if (was.size() > kValueBytesMax || is.size() > kValueBytesMax) return {};
  return pair_of(std::move(was), std::move(is));
}

// Those members of two records that are not the same, each as "name value".
struct Record {
  Texts before, after;

  void add(const char* name, const std::string& was, const std::string& is) {
    if (was == is) return;
    before.push_back(std::string{name} + " " + was);
    after.push_back(std::string{name} + " " + is);
  }
  [[nodiscard]] ShownPair shown() const {
    if (!may_be_shown(before) || !may_be_shown(after)) return {};
    std::string was = joined(before, " "), is = joined(after, " ");
    if (was.empty() || was.size() > kValueBytesMax || is.size() > kValueBytesMax) return {};
    return pair_of(std::move(was), std::move(is));
  }
};

std::string quoted(const std::string& text) {
  return text.empty() || text.find(' ') != std::string::npos ? "\"" + text + "\"" : text;
}

std::string time_text(const std::optional<Nanos>& time) { return time ? format_duration(*time) : kUnset; }

std::string size_text(std::int64_t bytes) {
  if (bytes < 0) return "unlimited";
  return bytes == 0 ? kUnset : binary_bytes(static_cast<std::uint64_t>(bytes));
}

std::string number_text(std::int64_t number, std::int64_t unset = 0) {
  return number == unset ? kUnset : std::to_string(number);
}

std::string cpus_text(std::int64_t nano_cpus) {
  if (nano_cpus == 0) return kUnset;
  std::string text = std::to_string(static_cast<double>(nano_cpus) / 1e9);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string text_of(const model::PublishedPort& port) {
  const std::string address = port.host_ip.find(':') != std::string::npos ? "[" + port.host_ip + "]" : port.host_ip;
  std::string text = address.empty() ? "" : address + ":";
  if (port.host_first != 0) text += std::to_string(port.host_first);
  if (port.host_last > port.host_first) text += "-" + std::to_string(port.host_last);
  if (!text.empty() && port.host_first != 0) text += ":";
  text += std::to_string(port.container_port);
  return port.protocol == model::Protocol::tcp ? text : text + "/" + std::string{to_word(port.protocol)};
}

std::string text_of(const model::Mount& mount) {
  std::string text = mount.source.empty() ? mount.target : mount.source + ":" + mount.target;
  return mount.read_only ? text + ":ro" : text;
}

std::string text_of(const model::Attachment& on) {
  std::string text = on.network;
  if (!on.ipv4_address.empty()) text += " " + on.ipv4_address;
  if (!on.ipv6_address.empty()) text += " " + on.ipv6_address;
  return on.mac_address.empty() ? text : text + " " + on.mac_address;
}

std::string text_of(const model::Device& device) {
  return device.source == device.target ? device.source : device.source + ":" + device.target;
}

std::string text_of(const model::DeviceRequest& request) {
  if (!request.device_ids.empty()) return joined(request.device_ids, " ");
  return request.count < 0 ? "all" : std::to_string(request.count);
}

template <class T>
Texts texts_of(const std::vector<T>& values) {
  Texts texts;
  for (const T& value : values) texts.push_back(text_of(value));
  return texts;
}

std::string text_of(const model::RestartPolicy& policy) {
  std::string text{to_word(policy.kind)};
  if (policy.max_attempts > 0) text += ":" + std::to_string(policy.max_attempts);
  if (policy.delay.count() > 0) text += " delay " + format_duration(policy.delay);
  return policy.window.count() > 0 ? text + " window " + format_duration(policy.window) : text;
}

std::string test_text(const model::Healthcheck& check) {
  if (check.test.empty()) return "of the image";
  const auto first = check.test.begin() + (check.test.front().starts_with("CMD") ? 1 : 0);
  return "\"" + joined({first, check.test.end()}, " ") + "\"";
}

}  // namespace

Shown shown(const std::string& text) {
  if (text.size() > kValueBytesMax || has_password(text) || !is_plain(text)) return std::nullopt;
  return quoted(text);
}

Shown shown(bool value) { return value ? "true" : "false"; }

Shown shown_variable(const std::string& name, const std::optional<std::string>& value) {
  if (sounds_secret(name)) return std::nullopt;
  return value ? shown(*value) : Shown{kUnset};
}

Shown shown_variable(const std::string& name, const std::string& value) {
  return sounds_secret(name) ? std::nullopt : shown(value);
}

ShownPair shown_pair(const std::string& before, const std::string& after) { return {shown(before), shown(after)}; }

ShownPair shown_pair(bool before, bool after) { return {shown(before), shown(after)}; }

ShownPair shown_pair(const std::optional<Nanos>& before, const std::optional<Nanos>& after) {
  return pair_of(time_text(before), time_text(after));
}

ShownPair shown_pair(const std::optional<Texts>& before, const std::optional<Texts>& after) {
  const auto text_of_words = [](const std::optional<Texts>& words) -> Shown {
    if (!words) return kUnset;
    if (!may_be_shown(*words)) return std::nullopt;
    const std::string line = "\"" + joined(*words, " ") + "\"";
    return line.size() > kValueBytesMax ? std::nullopt : Shown{line};
  };
  return pair_of(text_of_words(before), text_of_words(after));
}

ShownPair shown_pair(const Texts& before, const Texts& after) { return lists(before, after); }

ShownPair shown_pair(const std::vector<model::PublishedPort>& before, const std::vector<model::PublishedPort>& after) {
  return lists(texts_of(before), texts_of(after));
}

ShownPair shown_pair(const std::vector<model::Mount>& before, const std::vector<model::Mount>& after) {
  return lists(texts_of(before), texts_of(after));
}

ShownPair shown_pair(const std::vector<model::Attachment>& before, const std::vector<model::Attachment>& after) {
  return lists(texts_of(before), texts_of(after));
}

ShownPair shown_pair(const std::vector<model::Device>& before, const std::vector<model::Device>& after) {
  return lists(texts_of(before), texts_of(after));
}

ShownPair shown_pair(const std::vector<model::DeviceRequest>& before, const std::vector<model::DeviceRequest>& after) {
  return lists(texts_of(before), texts_of(after));
}

ShownPair shown_pair(const std::map<std::string, model::Ulimit>& before,
                     const std::map<std::string, model::Ulimit>& after) {
  const auto texts = [](const std::map<std::string, model::Ulimit>& limits) {
    Texts all;
    for (const auto& [name, limit] : limits)
      all.push_back(name + "=" + std::to_string(limit.soft) +
                    (limit.hard == limit.soft ? "" : ":" + std::to_string(limit.hard)));
    return all;
  };
  return lists(texts(before), texts(after));
}

ShownPair shown_pair(const model::Resources& was, const model::Resources& is) {
  Record record;
  record.add("memory", size_text(was.memory_max), size_text(is.memory_max));
  record.add("memory reservation", size_text(was.memory_low), size_text(is.memory_low));
  record.add("memory and swap", size_text(was.memory_swap), size_text(is.memory_swap));
  record.add("cpus", cpus_text(was.nano_cpus), cpus_text(is.nano_cpus));
  record.add("cpu_shares", number_text(was.cpu_shares), number_text(is.cpu_shares));
  record.add("cpu_period", number_text(was.cpu_period_us), number_text(is.cpu_period_us));
  record.add("cpu_quota", number_text(was.cpu_quota_us), number_text(is.cpu_quota_us));
  record.add("cpuset", was.cpuset.empty() ? kUnset : was.cpuset, is.cpuset.empty() ? kUnset : is.cpuset);
  record.add("pids", number_text(was.pids_max), number_text(is.pids_max));
  record.add("oom_score_adj", number_text(was.oom_score_adj), number_text(is.oom_score_adj));
  record.add("weight", number_text(was.block_weight), number_text(is.block_weight));
  record.add("swappiness", number_text(was.memory_swappiness, -1), number_text(is.memory_swappiness, -1));
  return record.shown();
}

ShownPair shown_pair(const model::RestartPolicy& before, const model::RestartPolicy& after) {
  return pair_of(text_of(before), text_of(after));
}

ShownPair shown_pair(const std::optional<model::Healthcheck>& before, const std::optional<model::Healthcheck>& after) {
  if (!before || !after) {
    const auto whole = [](const std::optional<model::Healthcheck>& check) -> Shown {
      if (!check) return kUnset;
      const std::string test = test_text(*check);
      return may_be_shown({test}) && test.size() <= kValueBytesMax ? Shown{test} : std::nullopt;
    };
    return pair_of(whole(before), whole(after));
  }
  Record record;
  record.add("test", test_text(*before), test_text(*after));
  record.add("interval", time_text(before->interval), time_text(after->interval));
  record.add("timeout", time_text(before->timeout), time_text(after->timeout));
  record.add("start_period", time_text(before->start_period), time_text(after->start_period));
  record.add("start_interval", time_text(before->start_interval), time_text(after->start_interval));
  const auto retries = [](const model::Healthcheck& check) {
    return check.retries ? std::to_string(*check.retries) : kUnset;
  };
  record.add("retries", retries(*before), retries(*after));
  return record.shown();
}

ShownPair shown_pair(const model::LogConfig& before, const model::LogConfig& after) {
  Record record;
  record.add("driver", before.driver, after.driver);
  std::map<std::string, std::array<std::string, 2>> options;
  for (const auto& [name, value] : before.options) options[name] = {value, kUnset};
  for (const auto& [name, value] : after.options) options.try_emplace(name, std::array{std::string{kUnset}, value});
  for (const auto& [name, value] : after.options) options[name][1] = value;
  for (const auto& [name, values] : options) record.add(name.c_str(), values[0], values[1]);
  return record.shown();
}

ShownPair shown_pair(model::ApiScope before, model::ApiScope after) {
  return pair_of(std::string{to_word(before)}, std::string{to_word(after)});
}

ShownPair shown_pair(SizeValue before, SizeValue after) {
  return pair_of(size_text(before.count), size_text(after.count));
}

}  // namespace stack::compose
