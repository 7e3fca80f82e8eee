// What containers use, as Docker's clients read it.
#include "engine/api/stats_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace stack::api {
namespace {

using nlohmann::json;

ContainerSample some_sample() {
  ContainerSample sample;
  sample.id = std::string(64, 'a');
  sample.name = "shop-web-1";
  sample.read = Wall{std::chrono::seconds{100}};
  sample.usage.cpu_usage_ns = 500;
  sample.usage.cpu_by_processor_ns = {300, 200};
  sample.usage.memory_bytes = 1000;
  sample.usage.memory_peak = 2000;
  sample.usage.memory_figures = {{"total_inactive_file", 400}, {"cache", 700}};
  sample.usage.io_bytes = {{8, 0, "Read", 5}, {8, 0, "Write", 6}, {8, 0, "Total", 11}};
  sample.usage.pids = 3;
  sample.machine_cpu_ns = 9000;
  sample.processors = 2;
  sample.machine_memory = 8000;
  sample.networks = {{"eth0", {.rx_bytes = 70, .tx_bytes = 80}}};
  return sample;
}

TEST(Stats, TheFirstSampleHasNoneBeforeIt) {
  const json value = json::parse(container_stats_line(some_sample(), nullptr));
  EXPECT_EQ(value.at("name"), "/shop-web-1");
  EXPECT_EQ(value.at("read"), "1970-01-01T00:01:40Z");
  EXPECT_EQ(value.at("preread"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(value.at("precpu_stats").at("cpu_usage").at("total_usage"), 0);
  EXPECT_FALSE(value.at("precpu_stats").contains("system_cpu_usage"));
  EXPECT_EQ(value.at("cpu_stats").at("online_cpus"), 2);
  EXPECT_EQ(value.at("cpu_stats").at("cpu_usage").at("percpu_usage"), json({300, 200}));
  EXPECT_EQ(value.at("memory_stats").at("limit"), 8000) << "without a limit the machine's memory is one";
  EXPECT_EQ(value.at("memory_stats").at("max_usage"), 2000);
  EXPECT_EQ(value.at("blkio_stats").at("io_service_bytes_recursive").size(), 3U);
  EXPECT_TRUE(value.at("blkio_stats").at("io_time_recursive").is_null());
  EXPECT_EQ(value.at("networks").at("eth0").at("tx_bytes"), 80);
  EXPECT_EQ(value.at("pids_stats"), json({{"current", 3}}));
}

TEST(Stats, TheNextOneHasTheFirst) {
  ContainerSample next = some_sample();
  next.usage.cpu_usage_ns = 900;
  next.usage.memory_max = 4000;
  next.usage.pids_max = 100;
  const ContainerSample first = some_sample();
  const json value = json::parse(container_stats_line(next, &first));
  EXPECT_EQ(value.at("precpu_stats").at("cpu_usage").at("total_usage"), 500);
  EXPECT_EQ(value.at("precpu_stats").at("system_cpu_usage"), 9000);
  EXPECT_EQ(value.at("preread"), "1970-01-01T00:01:40Z");
  EXPECT_EQ(value.at("memory_stats").at("limit"), 4000);
  EXPECT_EQ(value.at("pids_stats").at("limit"), 100);
}

TEST(Stats, Version2HasNoFiguresOfItsProcessors) {
  ContainerSample sample = some_sample();
  sample.usage.version_2 = true;
  sample.usage.cpu_by_processor_ns.clear();
  sample.usage.io_operations = {{8, 0, "read", 1}};
  const json value = json::parse(container_stats_line(sample, nullptr));
  EXPECT_FALSE(value.at("cpu_stats").at("cpu_usage").contains("percpu_usage"));
  EXPECT_TRUE(value.at("blkio_stats").at("io_serviced_recursive").is_null());
  EXPECT_EQ(value.at("pids_stats").at("limit"), 18446744073709551615ULL);
}

TEST(Stats, OfWhatDoesNotRunAlmostNothingIsSaid) {
  ContainerSample sample;
  sample.id = "a";
  sample.name = "b";
  const json value = json::parse(container_stats_line(sample, nullptr));
  EXPECT_EQ(value.at("read"), "0001-01-01T00:00:00Z");
  EXPECT_TRUE(value.at("memory_stats").empty());
  EXPECT_TRUE(value.at("pids_stats").empty());
  EXPECT_FALSE(value.contains("networks"));
  EXPECT_FALSE(parse_container_stats(value.dump()).runs);
}

TEST(Stats, ReadBack) {
  const ContainerSample first = some_sample();
  const ContainerFigures figures = parse_container_stats(container_stats_line(some_sample(), &first));
  EXPECT_TRUE(figures.runs);
  EXPECT_EQ(figures.name, "shop-web-1");
  EXPECT_EQ(figures.memory_bytes, 600U) << "without the cache that goes first";
  EXPECT_EQ(figures.cpu_ns, 500U);
  EXPECT_EQ(figures.machine_cpu_ns, 9000U);
  EXPECT_EQ(figures.received_bytes, 70U);
  EXPECT_EQ(figures.read_bytes, 5U);
  EXPECT_EQ(figures.written_bytes, 6U);
  EXPECT_EQ(figures.pids, 3U);
  for (const char* wrong : {"[]", R"({"cpu_stats":7})", R"({"networks":[1]})"}) {
    EXPECT_THROW((void)parse_container_stats(wrong), Error) << wrong;
  }
}

}  // namespace
}  // namespace stack::api
