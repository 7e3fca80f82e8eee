// Turns the events of the YAML library into nodes. Only for yaml_reader.
#pragma once

#include <map>
#include <optional>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include "compose/source/yaml_reader.h"

namespace stack::compose {

// Thrown through the library to leave it when a bound is hit; holds what to tell the user.
struct YamlStopped {
  Diagnostic diagnostic;
};

class YamlBuilder final : public YAML::EventHandler {
 public:
  YamlBuilder(std::string_view text, std::shared_ptr<const std::string> file, const YamlLimits& limits,
              Diagnostics& diagnostics);

  // The document that has just been read. Throws YamlStopped when its last scalar is a quote that was never closed,
  // which the library lets pass at the end of a file.
  Node take();

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

 private:
  struct Merge {
    Node value;
    SourcePlace place;
  };
  // A collection that is being filled.
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    std::size_t count_before = 0;
    std::optional<Node> key;    // mapping: read, and waiting for its value
    std::vector<Merge> merges;  // mapping: values of `<<`
    bool merge_next = false;
    bool flow = false;  // written in brackets, where a key may stand alone
  };
  struct Anchored {
    Node node;
    std::size_t count = 0;  // nodes in it
  };

  Node place(const YAML::Mark& mark) const;
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind, bool flow);
  void close();
  void finish(Node node, YAML::anchor_t anchor, std::size_t count);
  void put(Node node);
  void put_key(Node node);
  // Whether the null came instead of the colon of the key that waits, and is reported.
  bool lone_key(Frame& frame, const Node& null);
  // "0.5" for the 5 of "{cpus: 0,5}"; empty for what is no such number.
  std::string number_with_comma(const Node& node) const;
  void merge_into(Frame& frame);
  void apply_tag(Node& node, const std::string& tag);
  // The name of the anchor that the alias there asks for.
  [[nodiscard]] std::string alias_at(const Node& node) const;
  [[nodiscard]] Tag tag_at(const Node& node) const;
  [[nodiscard]] bool closed_quote(const Node& scalar) const;
  void count(std::size_t nodes, const Node& at);
  [[noreturn]] void stop(std::string code, std::string message, const Node& at) const;
  Diagnostic& report(std::string code, std::string message, const SourcePlace& where);

  std::shared_ptr<const std::string> file_;
  const YamlLimits& limits_;
  Diagnostics& diagnostics_;
  std::vector<std::string_view> lines_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t count_ = 0;
  std::size_t alias_count_ = 0;
  Node root_;
  Node last_quoted_;  // its place only
};

}  // namespace stack::compose
