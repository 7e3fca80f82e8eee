// What Docker's command line says of wrong counts of words.
#include "cli/args/docker_usage.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "cli/args/app.h"
#include "cli/args/command.h"
#include "cli/args/docker_app.h"

namespace stack::cli {
namespace {

std::string mistake(const std::string& path) {
  return docker_count_mistake(path, words_of_usage(docker_usage(path).substr(path.size())));
}

TEST(DockerUsage, CountsComeFromTheUsage) {
  EXPECT_EQ(mistake("docker run"), "'docker run' requires at least 1 argument");
  EXPECT_EQ(mistake("docker container rm"), "'docker container rm' requires at least 1 argument");
  EXPECT_EQ(mistake("docker exec"), "'docker exec' requires at least 2 arguments");
  EXPECT_EQ(mistake("docker rename"), "'docker rename' requires 2 arguments");
  EXPECT_EQ(mistake("docker ps"), "'docker ps' accepts no arguments");
  EXPECT_EQ(mistake("docker images"), "'docker images' requires at most 1 argument");
  EXPECT_EQ(mistake("docker port"), "'docker port' requires at least 1 and at most 2 arguments");
  EXPECT_EQ(mistake("docker build"), "'docker build' requires 1 argument");
  EXPECT_EQ(mistake("docker pull"), "'docker pull' requires 1 argument");
}

TEST(DockerUsage, AVerbOfANounTakesWhatTheOneAtTheTopTakes) {
  EXPECT_EQ(docker_usage("docker container run"), "docker container run [OPTIONS] IMAGE [COMMAND] [ARG...]");
  EXPECT_EQ(docker_usage("docker image ls"), "docker image ls [OPTIONS] [REPOSITORY[:TAG]]");
}

// What later versions of CLI11 than the one that is here refuse, when the program starts.
void check_names(const CLI::App& command) {
  constexpr const char* kForbidden = "=:{ ";
  for (const CLI::Option* option : command.get_options()) {
    std::vector<std::string> names = option->get_lnames();
    names.push_back(option->get_name(true));
    for (const std::string& name : names)
      EXPECT_EQ(name.find_first_of(kForbidden), std::string::npos) << command.get_name() << " " << name;
  }
  for (const CLI::App* each : command.get_subcommands({})) check_names(*each);
}

TEST(Names, AreThoseThatEveryVersionOfCli11Takes) {
  GlobalOptions global;
  Chosen chosen{.action = {}, .global = global};
  for (const auto& add : {add_compose_verbs, add_registry_verbs, add_engine_groups, add_docker_verbs}) {
    CLI::App app{"", "stack"};
    Command command{app, chosen};
    add(command);
    check_names(app);
  }
}

}  // namespace
}  // namespace stack::cli
