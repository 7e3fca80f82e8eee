#include "compose/draft/draft.h"

#include <algorithm>

namespace stack::compose {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// How a program of a stack runs without a Dockerfile.
struct Surroundings {
  const char* what;
  const char* image;
  const char* folder;  // where its files are mounted
  bool read_only;
  const char* keep;  // a folder of the container that is kept from one start to the next; empty: none
};

Surroundings surroundings_of(Stack stack) {
  switch (stack) {
    case Stack::dockerfile:
      break;
    case Stack::node:
      return {"Node.js", "node:22", "/app", false, "/app/node_modules"};
    case Stack::python:
      return {"Python", "python:3.13", "/app", false, "/root/.cache/pip"};
    case Stack::go:
      return {"Go", "golang:1.24", "/app", false, "/go/pkg/mod"};
    case Stack::rust:
      return {"Rust", "rust:1", "/app", false, "/usr/local/cargo/registry"};
    case Stack::maven:
      return {"Java with Maven", "maven:3-eclipse-temurin-21", "/app", false, "/root/.m2"};
    case Stack::gradle:
      return {"Java with Gradle", "gradle:8-jdk21", "/app", false, "/home/gradle/.gradle"};
    case Stack::ruby:
      return {"Ruby", "ruby:3.4", "/app", false, "/usr/local/bundle"};
    case Stack::php:
      return {"PHP", "php:8.4-apache", "/var/www/html", false, ""};
    case Stack::pages:
      return {"pages", "nginx:alpine", "/usr/share/nginx/html", true, ""};
  }
  return {"", "", "", false, ""};
}

struct StoreService {
  const char* name;
  const char* image;
  const char* environment;  // lines of YAML
  const char* data;
  const char* probe;
  const char* variable;  // what its clients find it by
  const char* address;
};

StoreService service_of(Store store) {
  switch (store) {
    case Store::postgres:
      return {"postgres",
              "postgres:17",
              "      POSTGRES_USER: app\n      # For development. Set DB_PASSWORD in .env, or use secrets.\n      "
              "POSTGRES_PASSWORD: ${DB_PASSWORD:-app}\n      "
              "POSTGRES_DB: app\n",
              "/var/lib/postgresql/data",
              "pg_isready -U app",
              "DATABASE_URL",
              "postgres://app:${DB_PASSWORD:-app}@postgres:5432/app"};
    case Store::mysql:
      return {"mysql",
              "mysql:8",
              "      MYSQL_USER: app\n      # For development. Set DB_PASSWORD in .env, or use secrets.\n      "
              "MYSQL_PASSWORD: ${DB_PASSWORD:-app}\n      "
              "MYSQL_DATABASE: app\n"
              "      MYSQL_RANDOM_ROOT_PASSWORD: \"yes\"\n",
              "/var/lib/mysql",
              "mysqladmin ping -h 127.0.0.1 -uapp -p$$MYSQL_PASSWORD",
              "DATABASE_URL",
              "mysql://app:${DB_PASSWORD:-app}@mysql:3306/app"};
    case Store::mongo:
      return {"mongo",
              "mongo:8",
              "",
              "/data/db",
              "mongosh --quiet --eval \"db.adminCommand('ping')\"",
              "MONGO_URL",
              "mongodb://mongo:27017/app"};
    case Store::redis:
      return {"redis", "redis:8", "", "/data", "redis-cli ping", "REDIS_URL", "redis://redis:6379"};
    case Store::rabbitmq:
      return {"rabbitmq", "rabbitmq:4",          "", "/var/lib/rabbitmq", "rabbitmq-diagnostics -q ping",
              "AMQP_URL", "amqp://rabbitmq:5672"};
  }
  return {"", "", "", "", "", "", ""};
}

std::string place_of(const Program& program) { return program.folder == "." ? "." : "./" + program.folder; }

// As a value of the file: quoted unless it is plain, and never a variable.
std::string scalar(const std::string& text) {
  const auto is_plain = [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view{"_-./:"}.find(c) != std::string_view::npos;
  };
  if (std::ranges::all_of(text, is_plain)) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '$') quoted += '$';
    quoted += c;
  }
  return quoted + "\"";
}

class Draft {
 public:
  explicit Draft(const FolderFacts& facts) : facts_(facts), names_(service_names(facts)) {}

  std::string text() {
    text_ = "# What `stack up` starts. Every key: https://github.com/compose-spec/compose-spec/blob/main/spec.md\n";
    text_ += "name: " + facts_.name + "\n\nservices:\n";
    if (facts_.programs.empty()) add_example();
    for (const Program& program : facts_.programs) add(program);
    for (const Store store : stores_) add(service_of(store));
    if (!volumes_.empty())
      text_ += "\n# Data that outlives the containers; `stack down --volumes` removes it.\nvolumes:\n";
    for (const std::string& volume : volumes_) text_ += "  " + volume + ":\n";
    return std::move(text_);
  }

 private:
  void add_example() {
    text_ +=
        "  # No Dockerfile and no program that is known was found here: a web server to begin with. Write your own in "
        "its place.\n"
        "  web:\n    image: nginx:alpine\n";
    add_ports({80});
  }

  void add(const Program& program) {
    if (text_.back() == '\n' && !first_) text_ += "\n";
    first_ = false;
    const std::string name = names_[next_++];
    text_ +=
        "  # By " + (program.folder == "." ? "" : program.folder + "/") + program.found_by + ".\n  " + name + ":\n";
    if (program.stack == Stack::dockerfile) {
      add_build(program);
    } else {
      add_source(program, name);
    }
    add_ports(program.ports);
    if (program.ports.empty())
      text_ +=
          "    # Ports that are reachable from this machine, as HOST:CONTAINER.\n    # ports: "
          "[\"127.0.0.1:8080:8080\"]\n";
    add_stores(program.stores);
  }

  void add_build(const Program& program) {
    if (program.found_by == "Dockerfile") {
      text_ += "    build: " + scalar(place_of(program)) + "\n";
    } else {
      text_ +=
          "    build:\n      context: " + scalar(place_of(program)) + "\n      dockerfile: " + program.found_by + "\n";
    }
  }

  void add_source(const Program& program, const std::string& name) {
    const Surroundings its = surroundings_of(program.stack);
    text_ += std::string{"    image: "} + its.image + "\n";
    if (std::string_view{its.folder} == "/app") text_ += "    working_dir: /app\n";
    if (!program.command.empty()) {
      text_ += "    command: >-\n      sh -c \"";
      for (std::size_t i = 0; i < program.command.size(); ++i)
        text_ += (i == 0 ? "" : "\n      && ") + program.command[i];
      text_ += "\"\n";
    }
    text_ += "    volumes:\n      # The source code as it is here: changes are seen at once.\n      - " +
             scalar(place_of(program) + ":" + its.folder + (its.read_only ? ":ro" : "")) + "\n";
    if (*its.keep == 0) return;
    volumes_.push_back(name + "-packages");
    text_ += "      - " + volumes_.back() + ":" + its.keep + "\n";
  }

  void add_ports(const std::vector<int>& ports) {
    if (ports.empty()) return;
    text_ += "    ports:\n      # HOST:CONTAINER; without 127.0.0.1 other machines reach it too.\n";
    for (const int port : ports) {
      // The low ones are often taken, and two programs may have the same.
      int host = port < kFirstFreePort ? port + kHostPorts : port;
      while (!taken_.insert(host).second) ++host;
      text_ += "      - \"127.0.0.1:" + std::to_string(host) + ":" + std::to_string(port) + "\"\n";
    }
  }

  void add_stores(const std::set<Store>& stores) {
    if (stores.empty()) return;
    text_ += "    environment:\n";
    std::set<std::string> variables;
    for (const Store store : stores) {
      const StoreService its = service_of(store);
      if (variables.insert(its.variable).second)
        text_ += std::string{"      "} + its.variable + ": " + its.address + "\n";
      stores_.insert(store);
    }
    text_ += "    depends_on:\n";
    for (const Store store : stores)
      text_ += std::string{"      "} + service_of(store).name + ":\n        condition: service_healthy\n";
  }

  void add(const StoreService& its) {
    text_ += std::string{"\n  "} + its.name + ":\n    image: " + its.image + "\n";
    if (*its.environment != 0) text_ += std::string{"    environment:\n"} + its.environment;
    volumes_.push_back(std::string{its.name} + "-data");
    text_ += "    volumes:\n      - " + volumes_.back() + ":" + its.data + "\n";
    text_ += std::string{"    healthcheck:\n      test: "} + its.probe +
             "\n      interval: 10s\n      start_period: 30s\n      start_interval: 1s\n";
  }

  static constexpr int kFirstFreePort = 1024, kHostPorts = 8000;
  const FolderFacts& facts_;
  const std::vector<std::string> names_;
  std::size_t next_ = 0;
  std::string text_;
  bool first_ = true;
  std::set<Store> stores_;
  std::vector<std::string> volumes_;
  std::set<int> taken_;
};

}  // namespace

std::vector<std::string> service_names(const FolderFacts& facts) {
  std::set<std::string> taken;
  for (const Program& program : facts.programs) {
    for (const Store store : program.stores) taken.insert(service_of(store).name);
  }
  std::vector<std::string> names;
  for (const Program& program : facts.programs) {
    std::string name = program.folder == "." ? "app" : "";
    for (const char c : program.folder == "." ? std::string{} : program.folder) {
      const bool fits = is_letter(c) || is_digit(c) || (!name.empty() && (c == '-' || c == '_' || c == '.'));
      name += fits ? c : '-';
    }
    while (!is_letter(name.front()) && !is_digit(name.front())) name = "app" + name;
    while (!taken.insert(name).second) name += "-app";
    names.push_back(std::move(name));
  }
  return names;
}

std::string draft_compose_file(const FolderFacts& facts) { return Draft{facts}.text(); }

}  // namespace stack::compose
