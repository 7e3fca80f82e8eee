// events: Docker's lines and filters.
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/api/event_json.h"

namespace stack::api {
namespace {

model::Event died() {
  return {.sequence = 7,
          .time = Wall{Nanos{1'700'000'000'000'000'042}},
          .type = "container",
          .action = "die",
          .id = "abc123",
          .attributes = {{"exitCode", "3"}, {"image", "app:1"}, {"name", "shop-web-1"}, {"tier", "front"}}};
}

bool passes(const std::string& filters, const model::Event& event) { return fits(parse_event_filter(filters), event); }

TEST(EventJson, ALineHasDockersMembersAndReadsBack) {
  const model::Event event = died();
  EXPECT_EQ(
      event_line(event),
      R"({"status":"die","id":"abc123","from":"app:1","Type":"container","Action":"die","Actor":{"ID":"abc123",)"
      R"("Attributes":{"exitCode":"3","image":"app:1","name":"shop-web-1","tier":"front"}},)"
      R"("scope":"local","time":1700000000,"timeNano":1700000000000000042})"
      "\n");
  const model::Event back = parse_event_line(event_line(event));
  EXPECT_EQ(back.time, event.time);
  EXPECT_EQ(back.type + " " + back.action + " " + back.id, "container die abc123");
  EXPECT_EQ(back.attributes, event.attributes);
  EXPECT_THROW(parse_event_line("{}"), Error);
}

TEST(EventJson, OnlyContainersAndImagesHaveTheOldMembers) {
  const std::string line = event_line({.type = "volume", .action = "create", .id = "data"});
  EXPECT_EQ(line.find("status"), std::string::npos) << line;
}

TEST(EventFilter, EveryNameHasToFitAndOneOfItsValues) {
  EXPECT_TRUE(passes("", died()));
  EXPECT_TRUE(passes(R"({"event":["die","start"],"type":{"container":true}})", died()));
  EXPECT_FALSE(passes(R"({"event":["start"]})", died()));
  EXPECT_FALSE(passes(R"({"type":["image"]})", died()));
  EXPECT_FALSE(passes(R"({"scope":["swarm"]})", died()));
}

TEST(EventFilter, ContainersGoByNameAndByTheBeginningOfTheirId) {
  for (const char* name : {"shop-web-1", "abc", "abc123"})
    EXPECT_TRUE(passes(std::string{R"({"container":[")"} + name + "\"]}", died())) << name;
  EXPECT_FALSE(passes(R"({"container":["shop-web"]})", died()));
}

TEST(EventFilter, ImagesGoWithAndWithoutTheirTag) {
  EXPECT_TRUE(passes(R"({"image":["app:1"]})", died()));
  EXPECT_TRUE(passes(R"({"image":["app"]})", died()));
  EXPECT_FALSE(passes(R"({"image":["app:2"]})", died()));
}

TEST(EventFilter, AllLabelsHaveToBeThere) {
  EXPECT_TRUE(passes(R"({"label":["tier","tier=front"]})", died()));
  EXPECT_FALSE(passes(R"({"label":["tier","tier=back"]})", died()));
}

TEST(EventFilter, AHealthStatusIsFoundByItsKind) {
  model::Event event = died();
  event.action = "health_status: healthy";
  EXPECT_TRUE(passes(R"({"event":["health_status"]})", event));
  EXPECT_TRUE(passes(R"({"event":["health_status: healthy"]})", event));
  EXPECT_FALSE(passes(R"({"event":["health_status: unhealthy"]})", event));
}

TEST(EventFilter, AnUnknownNameIsIgnoredAsByDocker) {
  EXPECT_EQ(parse_event_filter(R"({"nonsense":["1"],"type":["image"]})").types, std::vector<std::string>{"image"});
}

}  // namespace
}  // namespace stack::api
