#include "sample.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "compose/print/config_output.h"
#include "tests/places.h"

namespace stack::compose {
namespace {

namespace fs = std::filesystem;

class SampleFiles final : public FileSource {
 public:
  explicit SampleFiles(const Sample& sample) {
    for (const auto& [name, text] : sample.files)
      files_[name == "-" ? name : fs::path{"/p/" + name}.lexically_normal().string()] = text;
  }
  FileText read(const std::string& path) override {
    const auto found = files_.find(path);
    if (found == files_.end()) return {status(path), {}, {}};
    return {FileStatus::ok, found->second, {}};
  }
  FileStatus status(const std::string& path) override {
    if (path == "/dev/null" || files_.contains(path)) return FileStatus::ok;
    const std::string below = path == "/" ? path : path + "/";
    const auto next = files_.lower_bound(below);
    const bool folder = path == "/p" || (next != files_.end() && next->first.starts_with(below));
    return folder ? FileStatus::folder : FileStatus::missing;
  }
  std::string working_dir() override { return "/p"; }

 private:
  std::map<std::string, std::string> files_;
};

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

LoadOptions options_of(const Sample& sample) {
  LoadOptions options;
  bool after_command = false;
  for (std::size_t i = 0; i < sample.arguments.size(); ++i) {
    const std::string& word = sample.arguments[i];
    const auto value = [&]() -> std::string {
      if (++i == sample.arguments.size()) throw Error(ErrorKind::invalid, sample.name + ": no value for " + word);
      return sample.arguments[i];
    };
    if (word == "-f") {
      options.files.push_back(value());
    } else if (word == "-p") {
      options.project_name = value();
    } else if (word == "--project-directory") {
      options.project_directory = value();
    } else if (word == "--env-file") {
      options.env_files.push_back(value());
    } else if (word == "--profile") {
      options.profiles.push_back(value());
    } else if (word == "--no-interpolate") {
      options.interpolate = false;
    } else if (word == "--no-path-resolution") {
      options.resolve_paths = false;
    } else if (word == "--no-normalize") {
      options.normalise = false;
    } else if (word == "--no-consistency") {
      options.consistency = false;
    } else if (word == "--no-env-resolution") {
      options.resolve_env = false;
    } else if (word == "config") {
      after_command = true;
    } else if (after_command && !word.starts_with('-')) {
      options.services.push_back(word);
    } else {
      throw Error(ErrorKind::invalid, sample.name + ": cannot read the argument " + word);
    }
  }
  return options;
}

std::vector<Sample> parse_samples(std::string_view text, std::string_view source) {
  std::vector<Sample> samples;
  std::string* file = nullptr;
  bool header = false;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string line{text.substr(0, end)};
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with("=== ")) {
      samples.push_back({.name = std::string{source} + ": " + line.substr(4)});
      file = nullptr;
      header = true;
    } else if (samples.empty()) {
      if (!line.empty() && !line.starts_with('#'))
        throw Error(ErrorKind::invalid, std::string{source} + ": text before the first sample");
    } else if (line.starts_with(">>> ")) {
      file = &samples.back().files[line.substr(4)];
      header = false;
    } else if (header && line.starts_with("$ ")) {
      samples.back().arguments = words(line.substr(2));
    } else if (header && line.starts_with("@ ")) {
      const auto equals = line.find('=');
      samples.back().environment[line.substr(2, equals - 2)] = line.substr(equals + 1);
    } else if (header && line.starts_with("! ")) {
      samples.back().rules.push_back(line.substr(2));
    } else {
      header = false;
      if (file == nullptr) file = &samples.back().files["compose.yaml"];
      *file += line + "\n";
    }
  }
  for (auto& sample : samples) {
    if (sample.arguments.empty()) sample.arguments = {"config"};
  }
  return samples;
}

std::vector<Sample> written_samples() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator{fs::path{STACK_SOURCE_DIR} / "tests/golden/differential/projects"}) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Sample> samples;
  for (const auto& path : paths) {
    for (auto& sample : parse_samples(read_file(path).value_or(""), path.stem().string()))
      samples.push_back(std::move(sample));
  }
  return samples;
}

LoadedSample load_sample(const Sample& sample) {
  SampleFiles files{sample};
  Variables environment = sample.environment;
  environment.emplace("HOME", "/home/user");
  const LoadOptions options = options_of(sample);
  LoadedSample out{load_project(options, files, environment), {}};
  out.outcome.accepted = !has_errors(out.result.diagnostics);
  out.outcome.messages = render(out.result.diagnostics);
  if (out.result.project) {
    out.outcome.json = config_json(*out.result.project);
  } else if (out.outcome.accepted) {
    out.outcome.json = config_json(out.result.tree);
  }
  return out;
}

}  // namespace stack::compose
