#include "compose/check/schema.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/bytes.h"
#include "base/duration.h"
#include "base/suggest.h"
#include "compose/check/slip.h"
#include "compose/source/origin.h"

namespace stack::compose {
namespace {

Kinds bit(Kind kind) {
  switch (kind) {
    case Kind::null:
      return kNull;
    case Kind::boolean:
      return kBool;
    case Kind::integer:
      return kInt;
    case Kind::floating:
      return kNumber;
    case Kind::string:
      return kText;
    case Kind::sequence:
      return kList;
    case Kind::mapping:
      break;
  }
  return kMap;
}

std::string describe_kinds(Kinds kinds) {
  std::vector<std::string_view> names;
  if ((kinds & kText) != 0) names.emplace_back("a string");
  if ((kinds & kBool) != 0) names.emplace_back("a boolean");
  if ((kinds & kNumber) != 0) {
    names.emplace_back("a number");
  } else if ((kinds & kInt) != 0) {
    names.emplace_back("an integer");
  }
  if ((kinds & kList) != 0) names.emplace_back("a list");
  if ((kinds & kMap) != 0) names.emplace_back("a mapping");
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// Text to the scalar that `format` wants; false when it is no such thing.
bool cast(Node& node, Format format) {
  const std::string text = node.text;
  switch (format) {
    case Format::boolean: {
      const std::string word = lower(text);
      const bool yes = word == "true" || word == "yes" || word == "y" || word == "on";
      if (!yes && word != "false" && word != "no" && word != "n" && word != "off") return false;
      node.kind = Kind::boolean;
      node.boolean = yes;
      return true;
    }
    case Format::integer: {
      std::int64_t value = 0;
      const char* const start = text.data() + (text.starts_with('+') ? 1 : 0);
      const auto [end, error] = std::from_chars(start, text.data() + text.size(), value);
      if (error != std::errc{} || end != text.data() + text.size()) return false;
      node.kind = Kind::integer;
      node.integer = value;
      return true;
    }
    case Format::natural:
      return cast(node, Format::integer) && node.integer >= 0;
    case Format::count:
      if (text == "all") {
        node.kind = Kind::integer;
        node.integer = -1;
        return true;
      }
      return cast(node, Format::integer);
    case Format::number: {
      double value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc{} || end != text.data() + text.size() || !(value - value == 0)) return false;
      node.kind = Kind::floating;
      node.floating = value;
      return true;
    }
    case Format::bytes:
      return parse_bytes(text).has_value();
    case Format::duration:
      return parse_duration(text).has_value();
    case Format::mode: {
      std::uint32_t mode = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
      return error == std::errc{} && end == text.data() + text.size();
    }
    case Format::any:
      break;
  }
  return true;
}

std::string_view describe(Format format) {
  switch (format) {
    case Format::boolean:
      return "a boolean (true or false)";
    case Format::integer:
      return "an integer";
    case Format::natural:
      return "an integer from 0 on";
    case Format::count:
      return "an integer or \"all\"";
    case Format::number:
      return "a number";
    case Format::bytes:
      return "a size such as 512m or 1.5g";
    case Format::duration:
      return "a duration such as 10s or 1m30s";
    case Format::mode:
      return "permissions in octal such as \"0440\"";
    case Format::any:
      break;
  }
  return "a value";
}

std::vector<std::string_view> split_words(std::string_view words) {
  std::vector<std::string_view> out;
  while (!words.empty()) {
    const auto end = std::min(words.find('|'), words.size());
    out.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

class ShapeCheck {
 public:
  ShapeCheck(const SchemaOptions& options, Diagnostics& diagnostics) : options_(options), diagnostics_(diagnostics) {}

  bool check(Node& node, const Attribute& attribute, const Path& path) {
    if (node.tag == Tag::reset) return true;
    if (options_.unresolved_variables && node.is(Kind::string) && node.text.find('$') != std::string::npos) return true;
    if (!check_scalar(node, attribute, path)) return false;
    if (node.is(Kind::sequence) && attribute.item) {
      std::size_t index = 0;
      const auto erased = std::erase_if(node.items, [&](Node& item) {
        return !check(item, *attribute.item, Path{path, index++});
      });
      node.damaged = node.damaged || erased > 0;
    } else if (node.is(Kind::mapping)) {
      if (attribute.path.empty()) check_old_form(node, attribute, path);
      for (auto it = node.entries.begin(); it != node.entries.end();) {
        if (check_member(it->first, it->second, attribute, path)) {
          ++it;
        } else {
          it = node.entries.erase(it);
          node.damaged = true;
        }
      }
    }
    return true;
  }

 private:
  Diagnostic& report(std::string code, std::string message, const Path& path, const Node& node) {
    return diagnostics_.emplace_back(mistake(std::move(code), std::move(message), path, node));
  }

  bool check_scalar(Node& node, const Attribute& attribute, const Path& path) {
    const bool number_text = node.is(Kind::string) && (attribute.kinds & kText) == 0 && attribute.format != Format::any;
    const bool readable = node.is(Kind::string) && attribute.format != Format::any;
    const std::string written = readable ? lower(node.text) : std::string{};
    if (readable && !cast(node, attribute.format)) {
      auto& found =
          report("bad_value", "\"" + node.text + "\" is not " + std::string{describe(attribute.format)}, path, node);
      std::string dotted = node.text;
      std::ranges::replace(dotted, ',', '.');
      Node number = Node::of_string(dotted);
      if (attribute.format == Format::number && dotted != node.text && cast(number, Format::number))
        found.remedy = "write a dot: " + dotted;
      return false;
    }
    if (readable && node.is(Kind::boolean) && written != "true" && written != "false") {
      auto& found = report("old_boolean", "\"" + written + "\" as a boolean is deprecated", path, node);
      found.severity = Severity::warning;
      found.remedy = node.boolean ? "write true" : "write false";
    }
    if (node.is(Kind::floating) && (attribute.kinds & kInt) != 0 && (attribute.kinds & kNumber) == 0 &&
        node.floating == static_cast<double>(static_cast<std::int64_t>(std::clamp(node.floating, -9e18, 9e18)))) {
      node.kind = Kind::integer;
      node.integer = static_cast<std::int64_t>(node.floating);
    }
    if (!number_text && (bit(node.kind) & attribute.kinds) == 0) {
      if (node.is(Kind::null)) {
        report("wrong_type", "has no value; it must be " + describe_kinds(attribute.kinds), path, node);
        return false;
      }
      if (report_slip(node, attribute, path, (attribute.kinds & kList) != 0)) return false;
      auto& found = report("wrong_type",
                           "must be " + describe_kinds(attribute.kinds) + ", not " + std::string{describe(node.kind)},
                           path, node);
      found.remedy = kind_remedy(node, attribute, path);
      return false;
    }
    // Short forms hold colons as well: a target is no address, and a volume's second part is a path.
    const bool item = attribute.path.ends_with(".ports[]") || attribute.path.ends_with(".volumes[]");
    if (item && node.is(Kind::string) && node.text.find(":/") == std::string::npos &&
        report_slip(node, attribute, path, false)) {
      return false;
    }
    if ((attribute.format == Format::natural || attribute.format == Format::mode) && node.is(Kind::integer) &&
        node.integer < 0) {
      report("bad_value", std::to_string(node.integer) + " is not " + std::string{describe(attribute.format)}, path,
             node);
      return false;
    }
    return check_word(node, attribute, path);
  }

  // One of the words that the attribute knows.
  bool check_word(const Node& node, const Attribute& attribute, const Path& path) {
    if (!attribute.words.empty() && node.is(Kind::string)) {
      const auto words = split_words(attribute.words);
      if (std::ranges::find(words, node.text) == words.end()) {
        const std::string remedy = did_you_mean(node.text, words);
        // A long list helps only who has no idea.
        constexpr std::size_t kShort = 8;
        std::string all;
        if (words.size() <= kShort || remedy.empty()) {
          for (const auto word : words) all += (all.empty() ? "one of " : ", ") + std::string{word};
        } else {
          all = "a known word";
        }
        report("bad_value", "\"" + node.text + "\" is not " + all, path, node).remedy = remedy;
        return false;
      }
    }
    return true;
  }

  // A mapping or list that YAML takes for a text, because a colon or the blank behind a sign is missing.
  bool report_slip(const Node& node, const Attribute& attribute, const Path& path, bool list) {
    if (!node.is(Kind::string) || node.style != Style::plain || (attribute.kinds & (kList | kMap)) == 0) return false;
    std::vector<std::string_view> names;
    for (const auto& [name, unused] : attribute.members) names.emplace_back(name);
    auto slip = find_slip(node.text, list, (attribute.kinds & kMap) != 0, node.line != node.key_line, names);
    if (!slip) return false;
    auto& found = report("wrong_type", std::move(slip->message), path, node);
    found.place.column += static_cast<std::uint32_t>(slip->column);
    found.remedy = std::move(slip->remedy);
    return true;
  }

  // What was probably meant by a value of another kind.
  static std::string kind_remedy(const Node& node, const Attribute& attribute, const Path& path) {
    const std::string place = path.text(), own = place.substr(place.rfind('.') + 1);
    if (attribute.kinds == kMap && attribute.any && node.is(Kind::sequence) && !node.items.empty() &&
        node.items.front().is(Kind::mapping)) {
      return "leave out the dashes";
    }
    if (!attribute.path.empty() && attribute.members.contains(own) && (attribute.kinds & kMap) != 0)
      return "\"" + own + "\" belongs below a name; indent it further";
    const bool single = node.is(Kind::sequence) && node.items.size() == 1 && node.items.front().is_scalar();
    if (single && (attribute.kinds & kText) != 0) return "write only: " + scalar_text(node.items.front());
    if (node.is_scalar()) {
      if ((attribute.kinds & kText) != 0) return "put it in quotes: \"" + node.text + "\"";
      const bool list = (attribute.kinds & kList) != 0 && attribute.form != Form::none;
      if (!list || node.text.find('\n') != std::string::npos) return {};
      const auto blank = node.text.find(' ');
      return blank == std::string::npos ? "write it as an item: - " + node.text
                                        : "write each of them as an item: - " + node.text.substr(0, blank);
    }
    const bool item = attribute.path.ends_with("[]") && (attribute.kinds & kText) != 0;
    if (!item || !node.is(Kind::mapping) || node.entries.size() != 1 || !node.entries.begin()->second.is_scalar())
      return {};
    const auto& [name, value] = *node.entries.begin();
    for (const char* list : {".environment[]", ".labels[]", ".args[]", ".sysctls[]", ".annotations[]"}) {
      if (attribute.path.ends_with(list))
        return "write " + name + "=" + scalar_text(value) + ", or leave out the dashes";
    }
    if (attribute.path.ends_with(".depends_on[]") || attribute.path.ends_with(".networks[]"))
      return "leave out the dash, or write only " + name;
    return "put it in quotes: \"" + name + ": " + scalar_text(value) + "\"";
  }

  // A service where sections stand, at the left margin.
  static bool like_service(const Node& value) {
    return value.find("image") != nullptr || value.find("build") != nullptr;
  }
  static std::string section_remedy(const Node& value, const Attribute& attribute) {
    return attribute.path.empty() && like_service(value) ? "services stand below services:, indented" : "";
  }

  // A file of the first version has its services where others have sections: said once.
  void check_old_form(Node& root, const Attribute& attribute, const Path& path) {
    if (root.find("services") != nullptr) return;
    const std::pair<const std::string, Node>* first = nullptr;
    for (const auto& entry : root.entries) {
      if (attribute.member(entry.first) != nullptr || !like_service(entry.second)) continue;
      if (first == nullptr || entry.second.key_line < first->second.key_line) first = &entry;
    }
    if (first == nullptr) return;
    auto& found = report("old_form", "this is the old form of version 1, whose services stand at the top of the file",
                         Path{path, first->first}, first->second);
    found.place = first->second.key_place();
    found.remedy = "write services: in front of them, and indent them all below it";
    std::erase_if(root.entries, [&](const auto& entry) {
      return attribute.member(entry.first) == nullptr && entry.second.is(Kind::mapping);
    });
    root.damaged = true;
  }

  bool check_member(const std::string& key, Node& value, const Attribute& attribute, const Path& path) {
    const Attribute* member = attribute.members.empty() && !attribute.any ? &anything() : attribute.member(key);
    const Path here{path, key};
    if (member == nullptr) {
      std::vector<std::string_view> known;
      for (const auto& [name, unused] : attribute.members) known.emplace_back(name);
      auto& found = report("unknown_key", "unknown key", here, value);
      found.place = value.key_place();
      if (value.is(Kind::null)) {
        if (auto slip = find_slip(key, false, true, true, known)) {
          found.message = std::move(slip->message);
          found.remedy = std::move(slip->remedy);
          found.place.column += static_cast<std::uint32_t>(slip->column);
          return false;
        }
      }
      found.remedy = section_remedy(value, attribute);
      if (found.remedy.empty()) found.remedy = did_you_mean(key, known);
      if (found.remedy.empty() && std::ranges::find(known, lower(key)) != known.end())
        found.remedy = "did you mean \"" + lower(key) + "\"?";
      return false;
    }
    if (member == attribute.any.get() && named_resources(attribute.path) && !valid_resource_key(key)) {
      auto& found = report("bad_name", "a name may hold letters, digits, \".\", \"_\" and \"-\" only", here, value);
      found.place = value.key_place();
      return false;
    }
    if (value.is(Kind::null) && options_.nulls_are_later) return true;
    if (check(value, *member, here)) return true;
    // What is defined wrongly is still defined: its users need not be told.
    if (member != attribute.any.get() || !named_resources(attribute.path)) return false;
    Node nothing;
    nothing.placed_like(value);
    nothing.damaged = true;
    value = std::move(nothing);
    return true;
  }

  static const Attribute& anything() {
    static const Attribute kAny;
    return kAny;
  }
  static bool named_resources(std::string_view path) {
    return path == "services" || path == "networks" || path == "volumes" || path == "secrets" || path == "configs" ||
           path == "models";
  }

  const SchemaOptions& options_;
  Diagnostics& diagnostics_;
};

}  // namespace

bool check_shape(Node& node, const Attribute& attribute, const Path& path, const SchemaOptions& options,
                 Diagnostics& diagnostics) {
  return ShapeCheck{options, diagnostics}.check(node, attribute, path);
}

void check_nulls(Node& node, const Attribute& attribute, const Path& path, Diagnostics& diagnostics) {
  if (node.is(Kind::sequence) && attribute.item) {
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      check_nulls(node.items[i], *attribute.item, Path{path, i}, diagnostics);
    }
  }
  for (auto it = node.entries.begin(); it != node.entries.end();) {
    const Attribute* member = attribute.member(it->first);
    const Path here{path, it->first};
    if (member != nullptr && it->second.is(Kind::null) && (member->kinds & kNull) == 0) {
      diagnostics.push_back(
          mistake("wrong_type", "has no value; it must be " + describe_kinds(member->kinds), here, it->second));
      node.damaged = true;
      // What is defined as nothing is still defined.
      if (member == attribute.any.get() && path.text().find('.') == std::string::npos) {
        it->second.kind = Kind::mapping;
        it->second.damaged = true;
        ++it;
      } else {
        it = node.entries.erase(it);
      }
      continue;
    }
    if (member != nullptr) check_nulls(it->second, *member, here, diagnostics);
    ++it;
  }
}

void check_required(const Node& node, const Attribute& attribute, const Path& path, Diagnostics& diagnostics) {
  if (node.is(Kind::sequence) && attribute.item) {
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      check_required(node.items[i], *attribute.item, Path{path, i}, diagnostics);
    }
  } else if (node.is(Kind::mapping)) {
    for (const auto word : split_words(attribute.required)) {
      if (node.find(word) == nullptr && !node.damaged) {
        diagnostics.push_back(mistake("missing_key", "the key \"" + std::string{word} + "\" is missing", path, node));
      }
    }
    for (const auto& [key, value] : node.entries) {
      if (const Attribute* member = attribute.member(key)) check_required(value, *member, Path{path, key}, diagnostics);
    }
  }
}

bool valid_resource_key(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

Diagnostic mistake(std::string code, std::string message, const Path& path, const Node& node) {
  Diagnostic found;
  found.code = std::move(code);
  found.message = std::move(message);
  found.path = path.text();
  found.place = node.place();
  add_related(node, found.related);
  return found;
}

}  // namespace stack::compose
