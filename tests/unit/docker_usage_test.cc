// What Docker's command line says of wrong counts of words.
#include "cli/args/docker_usage.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace stack::cli
