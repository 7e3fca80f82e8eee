#include "compose/publish/publication.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/path_text.h"
#include "compose/remote/remote_reference.h"
#include "compose/source/yaml_reader.h"

namespace stack::compose {
namespace {

// Where a scalar stands in a text: from its first character to behind its last.
struct Extent {
  std::size_t begin = 0, end = 0;
};

struct Edit {
  Node* node = nullptr;
  std::string name;
};

std::size_t offset_of(std::string_view text, const Node& node) {
  std::size_t offset = 0;
  for (std::uint32_t line = 1; line < node.line && offset != std::string_view::npos; ++line) {
    offset = text.find('\n', offset);
    if (offset != std::string_view::npos) ++offset;
  }
  return offset == std::string_view::npos ? text.size() : std::min(offset + node.column - 1, text.size());
}

// Nothing when it is written in a form that is not looked for: over several lines, or as an alias.
std::optional<Extent> extent_of(std::string_view text, const Node& node) {
  std::size_t at = offset_of(text, node);
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    at = std::min(text.find_first_of(" \t\r\n", at), text.size());
    at = std::min(text.find_first_not_of(" \t", at), text.size());
  }
  if (at == text.size()) return std::nullopt;
  const char quote = text[at];
  if (quote != '"' && quote != '\'') {
    if (text.substr(at, node.text.size()) != node.text) return std::nullopt;
    return Extent{at, at + node.text.size()};
  }
  for (std::size_t end = at + 1; end < text.size() && text[end] != '\n'; ++end) {
    if (quote == '"' && text[end] == '\\') {
      ++end;
    } else if (text[end] == quote) {
      if (quote == '"' || end + 1 >= text.size() || text[end + 1] != quote) return Extent{at, end + 1};
      ++end;
    }
  }
  return std::nullopt;
}

using Position = std::pair<std::uint32_t, std::uint32_t>;  // line and column

// What stands there, wherever aliases have put it.
void rename(Node& node, const std::map<Position, std::string>& names) {
  if (node.is(Kind::string)) {
    if (const auto name = names.find({node.line, node.column}); name != names.end()) node.text = name->second;
  }
  for (Node& item : node.items) rename(item, names);
  for (auto& [key, value] : node.entries) rename(value, names);
}

class Publisher {
 public:
  Publisher(const Project& project, const Variables& variables, const PublicationOptions& options, FileSource& files)
      : project_(project), variables_(variables), options_(options), files_(files) {}

  Publication run() {
    for (const std::string& file : project_.config_files) {
      add(file, project_.working_dir, file == "-" ? kMainFile : base_name(file), false);
    }
    // The list grows while files that are extended name others.
    for (std::size_t i = 0; i < extended_.size(); ++i) {
      const std::string file = extended_[i];
      add(file, parent_path(file), names_.at(file), true);
    }
    for (const std::string& file : env_files_) add_env_file(file);
    if (!options_.override_file.empty()) add_layer(kComposeFileLayer, options_.override_file, kFileName, kDigestsFile);
    if (!out_.mistakes.empty()) out_.layers.clear();
    sort_diagnostics(out_.mistakes);
    return std::move(out_);
  }

 private:
  void add_layer(const char* type, std::string content, const char* annotation, const std::string& name) {
    out_.layers.push_back({.media_type = type,
                           .content = std::move(content),
                           .annotations = {{annotation, name}, {"com.docker.compose.version", options_.version}}});
  }

  void mistake(const char* code, std::string message, std::string remedy, const SourcePlace& place) {
    out_.mistakes.push_back(
        {.code = code, .message = std::move(message), .remedy = std::move(remedy), .path = {}, .place = place});
  }

  void add(const std::string& file, const std::string& dir, const std::string& name, bool extended) {
    const FileText content = files_.read(file);
    const std::string shown = shown_path(files_.working_dir(), file);
    if (content.status != FileStatus::ok) {
      return mistake("unreadable_file", "cannot read this file any more", {}, {.file = shown, .line = 0, .column = 0});
    }
    YamlResult parsed = read_yaml(content.text, shown);
    std::vector<Edit> edits;
    for (Node& document : parsed.documents) {
      check_includes(document);
      if (Node* services = document.find("services")) {
        for (auto& [key, service] : services->entries) collect(service, dir, edits);
      }
    }
    auto text = apply(content.text, shown, parsed.documents, edits);
    if (!text) return;
    add_layer(kComposeFileLayer, std::move(*text), kFileName, name);
    if (extended) out_.layers.back().annotations[kBesideMark] = "true";
  }

  void check_includes(const Node& document) {
    const Node* includes = document.find("include");
    if (includes == nullptr) return;
    for (const Node& entry : includes->items) {
      const Node* path = entry.is(Kind::mapping) ? entry.find("path") : &entry;
      if (path == nullptr) continue;
      std::vector<const Node*> all{path};
      if (path->is(Kind::sequence)) {
        all.clear();
        for (const Node& item : path->items) all.push_back(&item);
      }
      for (const Node* one : all) {
        const auto remote = parse_remote(interpolate(one->text, lookup_in(variables_)).text);
        if (remote && remote->transport != "file") continue;
        mistake("local_include", "a project that includes local files cannot be published",
                "publish what is included by itself and include it as oci://..., or use extends", one->place());
      }
    }
  }

  // What of a service has to be changed.
  void collect(Node& service, const std::string& dir, std::vector<Edit>& edits) {
    if (Node* extends = service.find("extends"); extends != nullptr && extends->tag != Tag::reset) {
      Node* file = extends->find("file");
      if (file != nullptr && file->is(Kind::string)) extended(*file, dir, edits);
    }
    Node* env = service.find("env_file");
    if (env == nullptr || env->tag == Tag::reset) return;
    if (env->is(Kind::string)) env_file(*env, dir, edits);
    for (Node& item : env->items) {
      Node* path = item.is(Kind::mapping) ? item.find("path") : &item;
      if (path != nullptr && path->is(Kind::string)) env_file(*path, dir, edits);
    }
  }

  void extended(Node& node, const std::string& dir, std::vector<Edit>& edits) {
    const std::string text = interpolate(node.text, lookup_in(variables_)).text;
    if (text.empty()) return;
    const auto remote = parse_remote(text);
    const std::string path = absolute_path(dir, text);
    // What comes from elsewhere still does; a local repository is a file like others that are not here then.
    if (remote && (remote->transport != "file" || files_.status(path) == FileStatus::folder)) return;
    edits.push_back({&node, name_for(path, "extends-", ".yaml", extended_)});
  }

  void env_file(Node& node, const std::string& dir, std::vector<Edit>& edits) {
    const std::string text = interpolate(node.text, lookup_in(variables_)).text;
    if (text.empty()) return;
    edits.push_back({&node, name_for(absolute_path(dir, text), "env-", ".env", env_files_)});
  }

  // Names tell nothing of the machine and are the same on another one.
  std::string name_for(const std::string& path, const char* front, const char* end, std::vector<std::string>& list) {
    const auto [at, added] = names_.try_emplace(path);
    if (added) {
      list.push_back(path);
      at->second = front + std::to_string(list.size()) + end;
    }
    return at->second;
  }

  // The text with the new names; it must read as the same but for them.
  std::optional<std::string> apply(const std::string& text, const std::string& shown, std::vector<Node>& documents,
                                   const std::vector<Edit>& edits) {
    std::map<std::size_t, std::pair<std::size_t, std::string>>
        changes;  // by where they begin: aliases lead to one place
    const std::size_t mistakes = out_.mistakes.size();
    for (const Edit& edit : edits) {
      if (const auto extent = extent_of(text, *edit.node)) {
        changes[extent->begin] = {extent->end, edit.name};
      } else {
        refuse_form(*edit.node);
      }
    }
    if (out_.mistakes.size() > mistakes) return std::nullopt;
    std::string out = text;
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      out.replace(change->first, change->second.first - change->first, change->second.second);
    }
    std::map<Position, std::string> names;
    for (const Edit& edit : edits) names[{edit.node->line, edit.node->column}] = edit.name;
    if (!names.empty()) {
      for (Node& document : documents) rename(document, names);
    }
    const YamlResult now = read_yaml(out, shown);
    if (!std::ranges::equal(documents, now.documents, same_value)) {
      refuse_form(edits.empty() ? documents.front() : *edits.front().node);
      return std::nullopt;
    }
    return out;
  }

  void refuse_form(const Node& node) {
    mistake("fixed_reference", "the name of this file cannot be changed for publishing",
            "write it on one line, in block style", node.place());
  }

  void add_env_file(const std::string& file) {
    FileText content = files_.read(file);
    // One that is not required may be missing there as well.
    if (content.status != FileStatus::ok) return;
    add_layer(kEnvFileLayer, std::move(content.text), kEnvFileName, names_.at(file));
  }

  static constexpr const char* kMainFile = "compose.yaml";
  static constexpr const char* kDigestsFile = "image-digests.yaml";

  const Project& project_;
  const Variables& variables_;
  const PublicationOptions& options_;
  FileSource& files_;
  Publication out_;
  std::map<std::string, std::string> names_;       // in the artifact, by absolute path
  std::vector<std::string> extended_, env_files_;  // in the order in which they were met
};

}  // namespace

Publication publish_project(const Project& project, const Variables& variables, const PublicationOptions& options,
                            FileSource& files) {
  return Publisher{project, variables, options, files}.run();
}

}  // namespace stack::compose
