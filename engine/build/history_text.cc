#include "engine/build/history_text.h"

#include <array>
#include <cstdio>

#include "base/hide_credentials.h"

namespace stack::build {
namespace {

using dockerfile::Word;

// As Go's %q writes text.
std::string go_quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c == '\r') {
      result += "\\r";
    } else if (byte < 0x20 || byte == 0x7f) {
      std::array<char, 8> hex{};
      std::snprintf(hex.data(), hex.size(), "\\x%02x", byte);
      result += hex.data();
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string quoted_list(const std::vector<std::string>& words) {
  std::string result = "[";
  for (const std::string& word : words) result += (result.size() > 1 ? " " : "") + go_quoted(word);
  return result + "]";
}

std::string words_joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : " ") + word;
  return result;
}

std::string pairs(const std::vector<dockerfile::Pair>& list) {
  std::string result;
  for (const auto& pair : list) result += " " + pair.name.text + "=" + pair.value.text;
  return result;
}

// As Go's time.Duration writes itself.
std::string duration(const std::optional<Nanos>& given) {
  const std::int64_t ns = given ? given->count() : 0;
  constexpr std::int64_t kSecond = 1'000'000'000;
  const auto fraction = [](std::int64_t whole, std::int64_t rest, std::int64_t unit) {
    std::string text = std::to_string(whole);
    if (rest == 0) return text;
    std::string digits = std::to_string(unit + rest).substr(1);
    while (digits.ends_with('0')) digits.pop_back();
    return text + "." + digits;
  };
  if (ns == 0) return "0s";
  if (ns < 1000) return std::to_string(ns) + "ns";
  if (ns < 1'000'000) return fraction(ns / 1000, ns % 1000, 1000) + "\xC2\xB5s";
  if (ns < kSecond) return fraction(ns / 1'000'000, ns % 1'000'000, 1'000'000) + "ms";
  const std::int64_t seconds = ns / kSecond;
  std::string text;
  if (seconds >= 3600) text += std::to_string(seconds / 3600) + "h";
  if (seconds >= 60) text += std::to_string(seconds / 60 % 60) + "m";
  return text + fraction(seconds % 60, ns % kSecond, kSecond) + "s";
}

// A number as Go's %q writes it: as a character.
std::string rune(int number) {
  std::array<char, 16> text{};
  if (number == '\n') return "'\\n'";
  if (number == '\t') return "'\\t'";
  if (number >= 7 && number < 14) return std::string{"'\\"} + "abtnvfr"[number - 7] + "'";
  if (number < 0x20 || number == 0x7f) {
    std::snprintf(text.data(), text.size(), "'\\x%02x'", static_cast<unsigned>(number));
    return text.data();
  }
  if (number == '\'' || number == '\\') return std::string{"'\\"} + static_cast<char>(number) + "'";
  if (number < 0x7f) return std::string{"'"} + static_cast<char>(number) + "'";
  std::snprintf(text.data(), text.size(), "'\\u%04x'", static_cast<unsigned>(number));
  return text.data();
}

std::string healthcheck(const dockerfile::Healthcheck& check) {
  std::vector<std::string> test{check.none ? "NONE" : check.command.exec ? "CMD" : "CMD-SHELL"};
  if (!check.none) {
    for (const Word& word : check.command.words) test.push_back(word.text);
  }
  std::string text = "HEALTHCHECK &{" + quoted_list(test);
  for (const auto& time : {check.interval, check.timeout, check.start_period, check.start_interval})
    text += " " + go_quoted(duration(time));
  return text + " " + rune(check.retries.value_or(0)) + "}";
}

std::string transfer(std::string text, const dockerfile::FileTransfer& it) {
  if (it.chown) text += " --chown=" + it.chown->text;
  if (it.chmod) text += " --chmod=" + it.chmod->text;
  for (const Word& source : it.sources) text += " " + source.text;
  for (const auto& file : it.inline_files) text += " <<" + file.name;
  return text + " " + it.destination.text + " # buildkit";
}

struct EmptyHistory {
  const std::vector<std::string>&argv, &ports, &arguments;

  std::string operator()(const dockerfile::Cmd& /*it*/) const { return "CMD " + quoted_list(argv); }
  std::string operator()(const dockerfile::Entrypoint& /*it*/) const { return "ENTRYPOINT " + quoted_list(argv); }
  std::string operator()(const dockerfile::Env& it) const { return "ENV" + pairs(it.pairs); }
  std::string operator()(const dockerfile::Label& it) const { return "LABEL" + pairs(it.pairs); }
  std::string operator()(const dockerfile::Arg& /*it*/) const { return "ARG " + words_joined(arguments); }
  std::string operator()(const dockerfile::Expose& /*it*/) const { return "EXPOSE [" + words_joined(ports) + "]"; }
  std::string operator()(const dockerfile::Volume& it) const {
    return "VOLUME [" + words_joined(texts_of(it.paths)) + "]";
  }
  std::string operator()(const dockerfile::Shell& it) const {
    return "SHELL [" + words_joined(texts_of(it.words)) + "]";
  }
  std::string operator()(const dockerfile::User& it) const { return "USER " + it.name.text; }
  std::string operator()(const dockerfile::StopSignal& it) const { return "STOPSIGNAL " + it.signal.text; }
  std::string operator()(const dockerfile::Maintainer& it) const { return "MAINTAINER " + it.name.text; }
  std::string operator()(const dockerfile::Healthcheck& it) const { return healthcheck(it); }
  std::string operator()(const dockerfile::Workdir& it) const { return "WORKDIR " + it.path.text; }
  std::string operator()(const dockerfile::Onbuild& it) const { return "ONBUILD " + it.expression; }
  std::string operator()(const dockerfile::Add& it) const { return copy_history(it); }
  std::string operator()(const dockerfile::Copy& it) const { return copy_history(it); }
  std::string operator()(const dockerfile::Run& /*it*/) const { return run_history(argv, {}); }
};

}  // namespace

std::string run_history(const std::vector<std::string>& argv, const SeenArguments& arguments) {
  std::string text = "RUN ";
  if (!arguments.empty()) text += "|" + std::to_string(arguments.size()) + " ";
  for (const auto& [name, value] : arguments) text += name + "=" + value + " ";
  return text + words_joined(argv) + " # buildkit";
}

std::string copy_history(const dockerfile::Add& add) { return hide_credentials(transfer("ADD", add)); }

std::string copy_history(const dockerfile::Copy& copy) {
  return transfer(copy.parents ? "COPY --parents" : "COPY", copy);
}

std::string empty_history(const dockerfile::Instruction& instruction, const std::vector<std::string>& argv,
                          const std::vector<std::string>& ports, const std::vector<std::string>& arguments) {
  return std::visit(EmptyHistory{argv, ports, arguments}, instruction.value);
}

}  // namespace stack::build
