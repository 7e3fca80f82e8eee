#include "compose/load/latent.h"

#include <algorithm>
#include <array>

#include "base/path_text.h"
#include "compose/check/schema.h"
#include "compose/load/short_forms.h"

namespace stack::compose {
namespace {

bool digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

class Latent {
 public:
  explicit Latent(LoadContext& context) : context_(context) {}

  void look(const Node& node, const Attribute& attribute, const Path& path) {
    scalar(node, attribute, path);
    const bool texts = attribute.form == Form::assignments || attribute.form == Form::labels ||
                       attribute.form == Form::additional || attribute.form == Form::text_values;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Path here{path, i};
      if (attribute.form == Form::ports) port(node.items[i], here);
      if (attribute.item) look(node.items[i], *attribute.item, here);
    }
    for (const auto& [key, value] : node.entries) {
      const Path here{path, key};
      if (texts) changed(value, here);
      if (const Attribute* member = attribute.member(key)) look(value, *member, here);
    }
  }

 private:
  void note(const char* name, std::string message, std::string remedy, const Path& path, const Node& node) {
    auto found = mistake(name, std::move(message), path, node);
    found.severity = Severity::warning;
    found.remedy = std::move(remedy);
    context_.notes.push_back(std::move(found));
  }

  void scalar(const Node& node, const Attribute& attribute, const Path& path) {
    if (attribute.form == Form::command && node.is(Kind::string)) command(node, path);
    if (attribute.format == Format::mode && node.is(Kind::integer) && digits(node.text) &&
        !node.text.starts_with('0') && node.text.find_first_of("89") == std::string::npos) {
      note("decimal_mode", node.text + " is a decimal number here, not permissions in octal",
           "write 0" + node.text + " or \"" + node.text + "\"", path, node);
    }
  }

  void changed(const Node& node, const Path& path) {
    if (!node.is(Kind::integer) && !node.is(Kind::floating)) return;
    const std::string text = scalar_text(node);
    if (text == node.text) return;
    note("changed_by_yaml", "YAML reads " + node.text + " as a number, so the value becomes \"" + text + "\"",
         "put it in quotes: \"" + node.text + "\"", path, node);
  }

  // Base 60 is made of numbers below 60 behind the first.
  void port(const Node& node, const Path& path) {
    if (!node.is(Kind::string) || node.style != Style::plain) return;
    const auto colon = node.text.find(':');
    if (colon == std::string::npos) return;
    const auto first = std::string_view{node.text}.substr(0, colon),
               second = std::string_view{node.text}.substr(colon + 1);
    if (!digits(first) || !digits(second) || second.size() > 2 || (second.size() == 2 && second.front() > '5')) return;
    note("port_base_60", "other readers of YAML take " + node.text + " for a number to base 60",
         "put it in quotes: \"" + node.text + "\"", path, node);
  }

  void command(const Node& node, const Path& path) {
    static constexpr std::array<std::string_view, 9> kSigns{"&&", "||", "|", ";", ">", ">>", "<", "2>&1", "&"};
    static constexpr std::array<std::string_view, 7> kShells{"sh", "bash", "ash", "dash", "zsh", "busybox", "eval"};
    // What is in quotes is one word, and none of these.
    const auto words = split_command(node.text).value.value_or(std::vector<std::string>{});
    const auto sign = std::ranges::find_if(words, [](const std::string& word) {
      const bool ends = word.size() > 1 && word.ends_with(';') && word.find(' ') == std::string::npos;
      return ends || std::ranges::find(kSigns, word) != kSigns.end();
    });
    if (sign == words.end() || std::ranges::find(kShells, base_name(words.front())) != kShells.end()) return;
    note("shell_syntax", "no shell runs this, so \"" + *sign + "\" is handed to the program as a word",
         "write [\"sh\", \"-c\", \"...\"]", path, node);
  }

  LoadContext& context_;
};

}  // namespace

void note_latent(const Node& node, const Attribute& attribute, const Path& path, LoadContext& context) {
  Latent{context}.look(node, attribute, path);
}

}  // namespace stack::compose
