#include "compose/source/yaml_builder.h"

#include "compose/source/origin.h"
#include "compose/source/syntax_cause.h"
#include "compose/source/yaml_typing.h"

namespace stack::compose {
namespace {

constexpr std::string_view kCore = "tag:yaml.org,2002:";

}  // namespace

YamlBuilder::YamlBuilder(std::string_view text, std::shared_ptr<const std::string> file, const YamlLimits& limits,
                         Diagnostics& diagnostics)
    : file_(std::move(file)), limits_(limits), diagnostics_(diagnostics) {
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find('\n', start), text.size());
    lines_.push_back(text.substr(start, end - start));
    start = end + 1;
  }
}

Node YamlBuilder::place(const YAML::Mark& mark) const {
  Node node;
  node.file = file_;
  node.line = static_cast<std::uint32_t>(mark.line + 1);
  node.column = static_cast<std::uint32_t>(mark.column + 1);
  return node;
}

Diagnostic& YamlBuilder::report(std::string code, std::string message, const SourcePlace& where) {
  Diagnostic found;
  found.code = std::move(code);
  found.message = std::move(message);
  found.place = where;
  return diagnostics_.emplace_back(std::move(found));
}

void YamlBuilder::stop(std::string code, std::string message, const Node& at) const {
  Diagnostic found;
  found.code = std::move(code);
  found.message = std::move(message);
  found.place = at.place();
  throw YamlStopped{std::move(found)};
}

void YamlBuilder::count(std::size_t nodes, const Node& at) {
  count_ += nodes;
  if (count_ > limits_.nodes) stop("too_large", "the file has too many nodes", at);
}

void YamlBuilder::OnDocumentStart(const YAML::Mark& mark) {
  frames_.clear();
  anchors_.clear();
  last_quoted_ = Node{};
  root_ = place(mark);
}

Node YamlBuilder::take() {
  if (last_quoted_.line > 0 && !closed_quote(last_quoted_)) stop("yaml_syntax", "a quote is not closed", last_quoted_);
  return std::move(root_);
}

bool YamlBuilder::closed_quote(const Node& scalar) const {
  std::size_t line = scalar.line - 1, at = scalar.column - 1;
  if (line >= lines_.size() || at > lines_[line].size()) return true;
  // Tags and anchors stand before the quote.
  while (at < lines_[line].size() && (lines_[line][at] == '!' || lines_[line][at] == '&')) {
    at = std::min(lines_[line].find(' ', at), lines_[line].size());
    at = std::min(lines_[line].find_first_not_of(' ', at), lines_[line].size());
  }
  const char quote = at < lines_[line].size() ? lines_[line][at] : ' ';
  if (quote != '"' && quote != '\'') return true;
  for (++at; line < lines_.size(); ++line, at = 0) {
    const auto text = lines_[line];
    for (; at < text.size(); ++at) {
      if (quote == '"' && text[at] == '\\') {
        ++at;
      } else if (text[at] == quote) {
        if (quote == '"' || at + 1 >= text.size() || text[at + 1] != quote) return true;
        ++at;
      }
    }
  }
  return false;
}

std::string YamlBuilder::alias_at(const Node& node) const {
  if (node.line > lines_.size() || node.column > lines_[node.line - 1].size()) return {};
  const auto rest = lines_[node.line - 1].substr(node.column - 1);
  return std::string{rest.starts_with('*') ? rest.substr(1, rest.find_first_of(" \t\r,]}") - 1) : ""};
}

// The library drops the tag of a node that is null or empty, so it is read from the text itself.
Tag YamlBuilder::tag_at(const Node& node) const {
  if (node.line == 0 || node.line > lines_.size() || node.column > lines_[node.line - 1].size()) return Tag::none;
  const auto rest = lines_[node.line - 1].substr(node.column - 1);
  const auto word = rest.substr(0, rest.find_first_of(" \t\r,]}"));
  if (word == "!reset") return Tag::reset;
  return word == "!override" ? Tag::replace : Tag::none;
}

void YamlBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Node node = place(mark);
  node.tag = tag_at(node);
  count(1, node);
  if (!frames_.empty() && lone_key(frames_.back(), node)) return;
  finish(std::move(node), anchor, 1);
}

// The library gives such a null the place of the key; one behind a colon has the place of what follows.
bool YamlBuilder::lone_key(Frame& frame, const Node& null) {
  if (frame.flow || !frame.key || frame.key->line != null.line || frame.key->column != null.column) return false;
  if (null.line == 0 || null.line > lines_.size()) return false;
  auto cause = lone_key_cause(lines_, null.line - 1, null.column - 1);
  SourcePlace where = null.place();
  where.column = static_cast<std::uint32_t>(cause.column + 1);
  report("yaml_syntax", std::move(cause.message), where).remedy = std::move(cause.remedy);
  frame.key.reset();
  frame.merge_next = false;
  frame.node.damaged = true;
  return true;
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Node here = place(mark);
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) stop("alias_cycle", "an anchor contains an alias of itself", here);
  alias_count_ += found->second.count;
  if (alias_count_ > limits_.alias_nodes) stop("too_large", "expanding the aliases makes the file too large", here);
  count(found->second.count, here);
  Node copy = found->second.node;
  Origin step = step_at(OriginKind::alias, here);
  step.name = alias_at(here);
  add_origin_below(copy, step);
  put(std::move(copy));
}

void YamlBuilder::apply_tag(Node& node, const std::string& tag) {
  if (tag.empty() || tag == "?" || tag == "!") return;
  if (tag == "!reset") {
    node.tag = Tag::reset;
  } else if (tag == "!override") {
    node.tag = Tag::replace;
  } else if (!tag.starts_with(kCore)) {
    report("unknown_tag", "unknown tag \"" + tag + "\"", node.place()).remedy =
        "the tags of a Compose file are !reset and !override";
  }
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  Node node = place(mark);
  count(1, node);
  apply_tag(node, tag);
  const bool core = tag.starts_with(kCore);
  const std::string_view wanted = core ? std::string_view{tag}.substr(kCore.size()) : std::string_view{};
  if (tag == "!" || core) last_quoted_ = place(mark);
  if (tag == "!" || wanted == "str") {
    node.kind = Kind::string;
    node.style = Style::quoted;
    node.text = value;
  } else {
    resolve_plain(node, value);
    if (wanted == "float" && node.is(Kind::integer)) {
      node.kind = Kind::floating;
      node.floating = static_cast<double>(node.integer);
    }
    const bool right = !core || (wanted == "int" && node.is(Kind::integer)) ||
                       (wanted == "float" && node.is(Kind::floating)) || (wanted == "bool" && node.is(Kind::boolean)) ||
                       (wanted == "null" && node.is(Kind::null)) || (wanted == "merge" && value == "<<");
    if (!right)
      report("bad_tag", "\"" + value + "\" is not what its tag !!" + std::string{wanted} + " says", node.place());
  }
  finish(std::move(node), anchor, 1);
}

void YamlBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value style) {
  open(mark, tag, anchor, Kind::sequence, style == YAML::EmitterStyle::Flow);
}

void YamlBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value style) {
  open(mark, tag, anchor, Kind::mapping, style == YAML::EmitterStyle::Flow);
}

void YamlBuilder::open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind, bool flow) {
  Frame frame;
  frame.flow = flow;
  frame.node = place(mark);
  frame.node.kind = kind;
  frame.anchor = anchor;
  frame.count_before = count_;
  count(1, frame.node);
  apply_tag(frame.node, tag);
  if (frames_.size() >= limits_.depth) stop("too_deep", "mappings and lists are nested too deep", frame.node);
  frames_.push_back(std::move(frame));
}

void YamlBuilder::close() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  merge_into(frame);
  const std::size_t inside = count_ - frame.count_before;
  finish(std::move(frame.node), frame.anchor, inside);
}

void YamlBuilder::finish(Node node, YAML::anchor_t anchor, std::size_t inside) {
  if (anchor != YAML::NullAnchor) anchors_[anchor] = Anchored{node, inside};
  put(std::move(node));
}

void YamlBuilder::put(Node node) {
  if (frames_.empty()) {
    root_ = std::move(node);
    return;
  }
  Frame& frame = frames_.back();
  if (frame.node.is(Kind::sequence)) {
    frame.node.items.push_back(std::move(node));
  } else if (!frame.key) {
    put_key(std::move(node));
  } else {
    const Node key = std::move(*frame.key);
    frame.key.reset();
    if (frame.merge_next) {
      frame.merge_next = false;
      frame.merges.push_back({std::move(node), key.place()});
      return;
    }
    if (key.kind != Kind::string) return;  // reported already
    node.key_line = key.line;
    node.key_column = key.column;
    // A missing value has the place of what follows it.
    if (node.is(Kind::null) && node.text.empty() && node.tag == Tag::none) {
      node.line = key.line;
      node.column = key.column;
    }
    const auto [at, added] = frame.node.entries.try_emplace(key.text, std::move(node));
    if (!added) {
      report("duplicate_key", "the key \"" + key.text + "\" is here for the second time", key.place())
          .related.push_back({at->second.key_place(), "first here"});
    }
  }
}

std::string YamlBuilder::number_with_comma(const Node& node) const {
  if (!node.is(Kind::integer) || node.line > lines_.size() || node.column < 3) return {};
  const auto before = lines_[node.line - 1].substr(0, node.column - 1);
  const auto start = before.find_last_not_of("0123456789", before.size() - 2);
  if (!before.ends_with(',') || start == std::string_view::npos || start + 2 > before.size() - 1) return {};
  return std::string{before.substr(start + 1, before.size() - start - 2)} + "." + node.text;
}

void YamlBuilder::put_key(Node node) {
  Frame& frame = frames_.back();
  frame.merge_next = node.is(Kind::string) && node.style == Style::plain && node.text == "<<";
  if (frame.merge_next && !frame.merges.empty()) {
    report("duplicate_key", "the key \"<<\" is here for the second time", node.place())
        .related.push_back({frame.merges.front().place, "first here"});
    frame.merges.pop_back();
  }
  if (!node.is(Kind::string)) {
    if (const std::string number = number_with_comma(node); !number.empty()) {
      report("bad_key", "the comma parts two items here", node.place()).remedy = "write a number with a dot: " + number;
      node = place(YAML::Mark::null_mark());
      frame.key = std::move(node);
      return;
    }
    const std::string shown = node.is_scalar() ? "\"" + node.text + "\"" : std::string{describe(node.kind)};
    report("bad_key", "a key must be a string, not " + (node.is_scalar() ? std::string{describe(node.kind)} : shown),
           node.place())
        .remedy = node.is_scalar() ? "put it in quotes: " + shown : "";
    node = place(YAML::Mark::null_mark());
  }
  frame.key = std::move(node);
}

// What `<<` brings, under what the mapping itself says.
void YamlBuilder::merge_into(Frame& frame) {
  for (auto& merge : frame.merges) {
    std::vector<Node> one;
    if (!merge.value.is(Kind::sequence)) one.push_back(std::move(merge.value));
    for (auto& from : one.empty() ? merge.value.items : one) {
      if (!from.is(Kind::mapping)) {
        report("bad_merge", "\"<<\" takes a mapping or a list of mappings, not " + std::string{describe(from.kind)},
               merge.place);
        continue;
      }
      for (auto& [key, value] : from.entries) frame.node.entries.try_emplace(key, std::move(value));
    }
  }
}

}  // namespace stack::compose
