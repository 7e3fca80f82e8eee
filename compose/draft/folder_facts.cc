#include "compose/draft/folder_facts.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>

#include "base/dockerfile/dockerfile.h"
#include "base/error.h"
#include "base/file.h"
#include "compose/draft/package_json.h"
#include "compose/model/project_names.h"

namespace stack::compose {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReadMax = std::size_t{1} << 20;
constexpr std::size_t kProgramsMax = 20;
constexpr std::array<std::string_view, 4> kNotOurs{"node_modules", "vendor", "target", "dist"};

class Folder {
 public:
  explicit Folder(fs::path path) : path_(std::move(path)) {}

  [[nodiscard]] bool has(const std::string& name) const {
    std::error_code unreadable;
    return fs::symlink_status(path_ / name, unreadable).type() == fs::file_type::regular;
  }
  [[nodiscard]] std::string text(const std::string& name) const {
    if (!has(name)) return {};
    try {
      return read_file(path_ / name, kReadMax).value_or("");
    } catch (const Error&) {
      return {};  // what cannot be read says nothing
    }
  }

 private:
  fs::path path_;
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool mentions(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return true;
  }
  return false;
}

std::set<Store> stores_of(std::string_view dependencies) {
  struct Driver {
    std::string_view name;
    Store store;
  };
  static constexpr std::array<Driver, 33> kDrivers{{{"pg", Store::postgres},
                                                    {"pgx", Store::postgres},
                                                    {"postgres", Store::postgres},
                                                    {"postgresql", Store::postgres},
                                                    {"psycopg", Store::postgres},
                                                    {"psycopg2", Store::postgres},
                                                    {"asyncpg", Store::postgres},
                                                    {"tokio-postgres", Store::postgres},
                                                    {"lib/pq", Store::postgres},
                                                    {"mysql", Store::mysql},
                                                    {"mysql2", Store::mysql},
                                                    {"pymysql", Store::mysql},
                                                    {"PyMySQL", Store::mysql},
                                                    {"mysqlclient", Store::mysql},
                                                    {"aiomysql", Store::mysql},
                                                    {"mariadb", Store::mysql},
                                                    {"go-sql-driver", Store::mysql},
                                                    {"mongodb", Store::mongo},
                                                    {"mongoose", Store::mongo},
                                                    {"mongoid", Store::mongo},
                                                    {"pymongo", Store::mongo},
                                                    {"motor", Store::mongo},
                                                    {"mongo-driver", Store::mongo},
                                                    {"redis", Store::redis},
                                                    {"ioredis", Store::redis},
                                                    {"go-redis", Store::redis},
                                                    {"predis", Store::redis},
                                                    {"jedis", Store::redis},
                                                    {"amqplib", Store::rabbitmq},
                                                    {"pika", Store::rabbitmq},
                                                    {"bunny", Store::rabbitmq},
                                                    {"amqp091-go", Store::rabbitmq},
                                                    {"spring-boot-starter-amqp", Store::rabbitmq}}};
  std::set<Store> found;
  for (const Driver& driver : kDrivers) {
    if (mentions(dependencies, driver.name)) found.insert(driver.store);
  }
  return found;
}

int number_of(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + std::min(text.find('/'), text.size()) ? number : 0;
}

// The ports of the last stage's EXPOSE.
std::vector<int> exposed(const std::string& dockerfile) {
  const dockerfile::Parsed parsed = dockerfile::parse_dockerfile(dockerfile);
  std::vector<int> ports;
  if (parsed.dockerfile.stages.empty()) return ports;
  for (const dockerfile::Instruction& each : parsed.dockerfile.stages.back().instructions) {
    const auto* expose = std::get_if<dockerfile::Expose>(&each.value);
    if (expose == nullptr) continue;
    for (const dockerfile::Word& word : expose->ports) {
      const int port = word.text.ends_with("/udp") ? 0 : number_of(word.text);
      if (port > 0 && std::ranges::find(ports, port) == ports.end()) ports.push_back(port);
    }
  }
  return ports;
}

// Of a manifest: it becomes a word of a shell's line in a YAML file, so it means itself in both, and no option.
bool is_plain_path(std::string_view path) {
  const auto is_plain = [](char c) { return is_word(c) || c == '.' || c == '/' || c == '-'; };
  return !path.empty() && path.front() != '-' && std::ranges::all_of(path, is_plain);
}

std::optional<Program> node_program(const Folder& folder) {
  if (!folder.has("package.json")) return std::nullopt;
  Program program{
      .folder = {}, .stack = Stack::node, .found_by = "package.json", .command = {}, .ports = {3000}, .stores = {}};
  const PackageJson package = parse_package_json(folder.text("package.json"));
  std::string tool = "npm";
  if (folder.has("yarn.lock")) tool = "yarn";
  if (folder.has("pnpm-lock.yaml")) tool = "pnpm";
  if (tool != "npm") program.command.push_back("corepack enable");
  program.command.push_back(tool + " install");
  if (package.scripts.contains("dev") || package.scripts.contains("start")) {
    program.command.push_back(tool + " run " + (package.scripts.contains("dev") ? "dev" : "start"));
  } else {
    program.command.push_back("node " + (is_plain_path(package.main) ? package.main : std::string{"index.js"}));
  }
  if (package.dependencies.contains("vite")) {
    program.ports = {5173};
    if (package.scripts.contains("dev")) program.command.back() += tool == "npm" ? " -- --host" : " --host";
  }
  if (package.dependencies.contains("@angular/core")) program.ports = {4200};
  for (const std::string& name : package.dependencies) program.stores.merge(stores_of(name));
  return program;
}

std::optional<Program> python_program(const Folder& folder) {
  std::string found_by, dependencies;
  for (const char* name : {"requirements.txt", "pyproject.toml", "Pipfile", "manage.py", "setup.py"}) {
    if (!folder.has(name)) continue;
    if (found_by.empty()) found_by = name;
    dependencies += folder.text(name) + "\n";
  }
  if (found_by.empty()) return std::nullopt;
  Program program{.folder = {},
                  .stack = Stack::python,
                  .found_by = found_by,
                  .command = {},
                  .ports = {8000},
                  .stores = stores_of(dependencies)};
  if (found_by == "requirements.txt") program.command.push_back("pip install -r requirements.txt");
  if (found_by == "pyproject.toml" || found_by == "setup.py") program.command.push_back("pip install -e .");
  if (found_by == "Pipfile") program.command.push_back("pip install pipenv && pipenv install --system");
  std::string main = "main";
  for (const char* name : {"app", "main"}) {
    if (folder.has(std::string{name} + ".py")) main = name;
  }
  if (folder.has("manage.py")) {
    program.command.push_back("python manage.py runserver 0.0.0.0:8000");
  } else if (mentions(dependencies, "fastapi")) {
    program.command.push_back("uvicorn " + main + ":app --host 0.0.0.0 --reload");
  } else if (mentions(dependencies, "flask") || mentions(dependencies, "Flask")) {
    program.command.push_back("flask --app " + main + " run --debug --host 0.0.0.0");
    program.ports = {5000};
  } else {
    program.command.push_back("python " + main + ".py");
  }
  return program;
}

std::optional<Program> ruby_program(const Folder& folder) {
  if (!folder.has("Gemfile")) return std::nullopt;
  const std::string gems = folder.text("Gemfile");
  Program program{.folder = {},
                  .stack = Stack::ruby,
                  .found_by = "Gemfile",
                  .command = {"bundle install"},
                  .ports = {3000},
                  .stores = stores_of(gems)};
  if (mentions(gems, "rails")) {
    program.command.push_back("bundle exec rails server -b 0.0.0.0");
  } else {
    program.command.push_back("bundle exec rackup --host 0.0.0.0 --port 3000");
  }
  return program;
}

std::optional<Program> java_program(const Folder& folder) {
  if (folder.has("pom.xml")) {
    const std::string text = folder.text("pom.xml");
    const bool spring = mentions(text, "spring-boot-maven-plugin") || mentions(text, "spring-boot-starter-parent");
    return Program{.folder = {},
                   .stack = Stack::maven,
                   .found_by = "pom.xml",
                   .command = {spring ? "mvn spring-boot:run" : "mvn compile exec:java"},
                   .ports = {8080},
                   .stores = stores_of(text)};
  }
  for (const char* name : {"build.gradle", "build.gradle.kts"}) {
    if (!folder.has(name)) continue;
    const std::string text = folder.text(name);
    return Program{.folder = {},
                   .stack = Stack::gradle,
                   .found_by = name,
                   .command = {mentions(text, "org.springframework.boot") ? "gradle bootRun" : "gradle run"},
                   .ports = {8080},
                   .stores = stores_of(text)};
  }
  return std::nullopt;
}

std::optional<Program> other_program(const Folder& folder) {
  if (folder.has("go.mod")) {
    return Program{.folder = {},
                   .stack = Stack::go,
                   .found_by = "go.mod",
                   .command = {"go run ."},
                   .ports = {8080},
                   .stores = stores_of(folder.text("go.mod"))};
  }
  if (folder.has("Cargo.toml")) {
    return Program{.folder = {},
                   .stack = Stack::rust,
                   .found_by = "Cargo.toml",
                   .command = {"cargo run"},
                   .ports = {8080},
                   .stores = stores_of(folder.text("Cargo.toml"))};
  }
  for (const char* name : {"composer.json", "index.php"}) {
    if (folder.has(name))
      return Program{.folder = {},
                     .stack = Stack::php,
                     .found_by = name,
                     .command = {},
                     .ports = {80},
                     .stores = stores_of(folder.text("composer.json"))};
  }
  if (folder.has("index.html"))
    return Program{
        .folder = {}, .stack = Stack::pages, .found_by = "index.html", .command = {}, .ports = {80}, .stores = {}};
  return std::nullopt;
}

// What its manifests say, whether it has a Dockerfile or not.
std::optional<Program> by_manifest(const Folder& folder) {
  for (const auto& look : {node_program, python_program, ruby_program, java_program, other_program}) {
    if (auto found = look(folder)) return found;
  }
  return std::nullopt;
}

std::optional<Program> program_in(const fs::path& path) {
  const Folder folder{path};
  std::optional<Program> written = by_manifest(folder);
  for (const char* name : {"Dockerfile", "Containerfile"}) {
    if (!folder.has(name)) continue;
    Program program{.folder = {},
                    .stack = Stack::dockerfile,
                    .found_by = name,
                    .command = {},
                    .ports = exposed(folder.text(name)),
                    .stores = {}};
    if (written) program.stores = std::move(written->stores);
    return program;
  }
  return written;
}

// A colon would end the source of a short volume, and a control character the line.
bool is_mountable(std::string_view name) {
  return std::ranges::none_of(name, [](unsigned char c) { return c == ':' || c < ' ' || c == 0x7f; });
}

}  // namespace

FolderFacts look_around(const fs::path& folder) {
  FolderFacts facts{.name = normal_project_name(fs::weakly_canonical(folder).filename().string()), .programs = {}};
  if (facts.name.empty()) facts.name = "app";
  if (auto own = program_in(folder)) {
    own->folder = ".";
    facts.programs.push_back(std::move(*own));
    return facts;
  }
  std::error_code failed;
  std::vector<std::string> names;
  for (fs::directory_iterator at{folder, failed}, end; !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    std::error_code unreadable;
    if (at->symlink_status(unreadable).type() != fs::file_type::directory || name.starts_with('.')) continue;
    if (std::ranges::find(kNotOurs, name) == kNotOurs.end() && is_mountable(name)) names.push_back(name);
  }
  if (failed) throw Error::from_errno(failed.value(), "reading " + folder.string());
  std::ranges::sort(names);
  for (const std::string& name : names) {
    auto program = program_in(folder / name);
    if (!program || facts.programs.size() == kProgramsMax) continue;
    program->folder = name;
    facts.programs.push_back(std::move(*program));
  }
  return facts;
}

}  // namespace stack::compose
