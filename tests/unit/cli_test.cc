// cli's pure parts: ages, tables, the rows of ps, scale words and moments.
#include <gtest/gtest.h>

#include "base/model/restarts.h"
#include "cli/commands/config_digests.h"
#include "cli/commands/image_choice.h"
#include "cli/commands/logs.h"
#include "cli/commands/up.h"
#include "cli/commands/up_keys.h"
#include "cli/view/findings.h"
#include "cli/view/format_json.h"
#include "cli/view/image_view.h"
#include "cli/view/progress_lines.h"
#include "cli/view/ps_view.h"
#include "cli/view/table.h"
#include "cli/view/time_text.h"
#include "cli/view/usage_view.h"
#include "engine/api/image_wire_json.h"

namespace stack::cli {
namespace {

using namespace std::chrono_literals;

TEST(Age, UsesDockersWords) {
  EXPECT_EQ(human_duration(500ms), "Less than a second");
  EXPECT_EQ(human_duration(1s), "1 second");
  EXPECT_EQ(human_duration(59s), "59 seconds");
  EXPECT_EQ(human_duration(60s), "About a minute");
  EXPECT_EQ(human_duration(5min), "5 minutes");
  EXPECT_EQ(human_duration(60min), "About an hour");
  EXPECT_EQ(human_duration(30h), "30 hours");
  EXPECT_EQ(human_duration(72h), "3 days");
  EXPECT_EQ(human_duration(24h * 21), "3 weeks");
  EXPECT_EQ(precise_time(Wall{1'700'000'000s + 5ns}), "2023-11-14T22:13:20.000000005Z");
}

TEST(Table, AlignsByCharactersNotBytes) {
  EXPECT_EQ(table({"A", "B"}, {{"x\xe2\x80\xa6", "1"}, {"long", "2"}}),
            "A         B\nx\xe2\x80\xa6        1\nlong      2\n");
  EXPECT_EQ(ellipsis("abcdef", 4), "abc\xe2\x80\xa6");
  EXPECT_EQ(ellipsis("abc", 4), "abc");
}

model::Container web() {
  model::Container c;
  c.id = std::string(64, 'b');
  c.spec.name = "shop-web-1";
  c.spec.image = "app:1";
  c.spec.project = "shop";
  c.spec.service = "web";
  c.command = {"sh", "-c", "echo \"hello there\""};
  c.created = Wall{100s};
  c.state.status = model::Status::running;
  c.state.health = model::Health::healthy;
  c.state.started = Wall{101s};
  c.state.ports = {{"127.0.0.1", 8080, 80, model::Protocol::tcp}, {"0.0.0.0", 53, 53, model::Protocol::udp}};
  return c;
}

TEST(Ps, ShowsARunningContainer) {
  EXPECT_EQ(status_text(web(), Wall{104s}), "Up 3 seconds (healthy)");
  model::Container exposing = web();
  exposing.exposed = {"7000-7001/udp", "80/tcp", "90"};
  EXPECT_EQ(ports_text(exposing), "90/tcp, 7000/udp, 7001/udp, 0.0.0.0:53->53/udp, 127.0.0.1:8080->80/tcp");
  EXPECT_EQ(command_text(web(), false), "\"sh -c 'echo \\\"hello \xe2\x80\xa6\"");
  model::Container quoting = web();
  quoting.command = {"env", "A=b c", "", "x$y", "q\"r", "b\\s", "t\tx", "*"};
  EXPECT_EQ(command_text(quoting, true), R"("env 'A=b c'  x$y q\"r b\\s t\tx *")");
  EXPECT_NE(ps_table({web()}, Wall{104s}, false).find("shop-web-1   app:1"), std::string::npos);
  const std::string json = ps_json({web()}, Wall{104s}, false);
  for (const char* part : {R"("State":"running")", R"("Health":"healthy")", R"("PublishedPort":8080)",
                           R"("ID":"bbbbbbbbbbbb")", R"("ExitCode":0)", R"("Service":"web")"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  }
}

TEST(Ps, SaysWhyItRunsAnew) {
  model::Container container;
  model::ContainerState& state = container.state;
  state.status = model::Status::running;
  EXPECT_EQ(status_reason(container), "");
  state.restart_count = 3;
  state.last_exit_code = 137;
  state.last_oom_killed = true;
  EXPECT_EQ(status_reason(container), " (restarted 3 times, last: out of memory)");
  state.restart_count = 1;
  state.last_oom_killed = false;
  EXPECT_EQ(status_reason(container), " (restarted 1 time, last: exit 137)");
  state.status = model::Status::restarting;
  state.oom_killed = true;
  EXPECT_EQ(status_reason(container), " (restart 1, out of memory)");
  state.status = model::Status::exited;
  EXPECT_EQ(status_reason(container), " (out of memory)");
  state.oom_killed = false;
  state.killed_after = std::chrono::seconds{10};
  EXPECT_EQ(status_reason(container), " (killed after 10s)");
  state.status = model::Status::dead;
  state.error = "a bad packet";
  EXPECT_EQ(status_reason(container), " (a bad packet)");
}

TEST(Autopsy, TellsOfMemoryAndOfTheLastProbe) {
  model::Container container;
  container.spec.name = "p-db-1";
  EXPECT_EQ(findings(container), "");
  container.state.oom_killed = true;
  container.state.probes = {{.exit_code = 0, .output = "old"},
                            {.exit_code = 127, .output = "pg: not\033[2J found\nx\ty\n"}};
  EXPECT_EQ(
      findings(container),
      "  p-db-1 ran out of memory\n  last health check of p-db-1 (exit 127):\n    pg: not\\x1b[2J found\n    x\ty\n");
  container.state.probes.back() = {.exit_code = -1, .output = ""};
  container.state.oom_killed = false;
  EXPECT_EQ(findings(container), "  last health check of p-db-1:\n    no output\n");
  container.state.probes.back().exit_code = 0;
  EXPECT_EQ(findings(container), "");
}

TEST(Autopsy, SaysNothingTwice) {
  model::Container container;
  container.spec.name = "p-db-1";
  container.state.error = "exec: \"sleep\": not found";
  EXPECT_EQ(findings(container, "starting p-db-1: another reason"), "  p-db-1: exec: \"sleep\": not found\n");
  EXPECT_EQ(findings(container, "starting p-db-1: exec: \"sleep\": not found"), "");
}

TEST(Autopsy, SaysWhatIsAsBeforeAndWhatIsNot) {
  EXPECT_EQ(text_of({}, ""), "");
  EXPECT_EQ(text_of({.containers = {}, .as_before = {"a", "b"}, .untouched = {"c"}, .replaced = {"db"}}, ""),
            "  rolled back: a, b run as before\n  rolled back: c is as before, and does not run\n"
            "  not rolled back: db is new, and the container before it is gone\n");
}

TEST(Autopsy, ProgramsGetItAsMembers) {
  Finding finding;
  finding.container.spec.name = "p-db-1";
  finding.container.state.status = model::Status::exited;
  finding.container.state.exit_code = 3;
  finding.container.state.probes = {{.exit_code = 1, .output = "no"}};
  finding.lines = "one\ntwo\n";
  EXPECT_EQ(json_failure(Error{"bad"}, {.containers = {finding}, .as_before = {"a"}, .untouched = {}, .replaced = {}}),
            R"({"error":true,"message":"bad","containers":[{"name":"p-db-1","state":"exited","exit_code":3,)"
            R"("last_lines":["one","two"],"health_check":{"exit_code":1,"output":"no"}}],"as_before":["a"]})"
            "\n");
}

TEST(Restarts, AreWorthAWarningWhileTheyAreYoung) {
  const Wall now{std::chrono::hours{5}};
  model::ContainerState state{.status = model::Status::running};
  state.started = now;
  EXPECT_EQ(model::restarts_text(state), "");
  EXPECT_FALSE(model::keeps_ending(state, now));
  state.restart_count = 1;
  state.last_exit_code = 2;
  EXPECT_EQ(model::restarts_text(state), "restarted 1 time, last: exit 2");
  EXPECT_TRUE(model::keeps_ending(state, now + std::chrono::seconds{59}));
  EXPECT_FALSE(model::keeps_ending(state, now + std::chrono::minutes{1}));
  state.status = model::Status::restarting;
  state.restart_count = 4;
  state.exit_code = 7;
  EXPECT_EQ(model::restarts_text(state), "waits for restart 4, last: exit 7");
  EXPECT_TRUE(model::keeps_ending(state, now + std::chrono::hours{1}));
}

TEST(Autopsy, SaysHowFarAnAwaitedContainerIs) {
  model::Container container;
  container.spec.name = "p-db-1";
  container.state.status = model::Status::running;
  container.state.health = model::Health::starting;
  EXPECT_EQ(progress_of(container), "  p-db-1 is starting\n");
  container.state.status = model::Status::restarting;
  container.state.restart_count = 3;
  EXPECT_EQ(progress_of(container), "  p-db-1 is restarting, restarted 3 times\n");
}

TEST(Ps, QuotesWhatWouldMoveTheCursor) {
  model::Container container;
  container.spec.image = "evil\033[2J";
  container.command = {"sh", "\033]0;title\007"};
  EXPECT_EQ(command_text(container, true), "\"sh \\x1b]0;title\\x07\"");
  const std::string text = ps_table({container}, Wall{}, true);
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_NE(text.find("evil\\x1b[2J"), std::string::npos);
}

TEST(Ps, ListsPublishersByTheirNumberInside) {
  model::Container exposing = web();
  exposing.exposed = {"60/tcp"};
  const std::string json = ps_json({exposing}, Wall{104s}, false);
  const auto at = [&](const char* part) { return json.find(part); };
  EXPECT_LT(at(R"("TargetPort":53)"), at(R"("TargetPort":60)")) << json;
  EXPECT_LT(at(R"("TargetPort":60)"), at(R"("TargetPort":80)")) << json;
}

TEST(Ps, ShowsWhatEnded) {
  model::Container c = web();
  c.state.status = model::Status::exited;
  c.state.exit_code = 137;
  c.state.finished = Wall{102s};
  EXPECT_EQ(status_text(c, Wall{104s}), "Exited (137) 2 seconds ago");
  EXPECT_NE(ps_json({c}, Wall{104s}, false).find(R"("ExitCode":137,"Health":"")"), std::string::npos);
  c.state.status = model::Status::restarting;
  EXPECT_NE(ps_json({c}, Wall{104s}, false).find(R"("ExitCode":0,"Health":"")"), std::string::npos);
  c.state.status = model::Status::created;
  EXPECT_EQ(status_text(c, Wall{104s}), "Created");
}

TEST(DiskUsage, SumsWhatIsUsedAndWhatCouldGo) {
  const std::string image = "sha256:" + std::string(64, 'a');
  api::DiskUsage usage{.images = {.images = 2, .used_images = 1, .layer_bytes = 4000, .unused_layer_bytes = 1000}};
  usage.by_image[image] = {.bytes = 3000, .shared_bytes = 2000, .containers = 2};
  for (const char* id : {"1", "2"}) {
    model::Container container{.id = std::string(64, *id), .command = {"sh"}};
    container.spec.name = std::string{"web-"} + id;
    container.spec.image = "app";
    container.spec.mounts = {{.kind = model::MountKind::volume, .source = "data"}, {.kind = model::MountKind::bind}};
    container.state.status = *id == '1' ? model::Status::running : model::Status::created;
    usage.container_bytes[container.id] = *id == '1' ? 5000 : 15000;
    usage.containers.push_back(std::move(container));
  }
  usage.volumes["data"] = {.bytes = 7000, .containers = 2};
  usage.volumes["old"] = {.bytes = 21000};
  // The same after the way over the socket.
  usage = api::parse_disk_usage(api::disk_usage_json(usage));
  EXPECT_EQ(disk_usage_table(usage),
            "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
            "Images          2         1         4kB       1kB (25%)\n"
            "Image blobs     2         1         0B        \n"
            "Containers      2         1         20kB      15kB (75%)\n"
            "Local Volumes   2         1         28kB      21kB (75%)\n");
  EXPECT_EQ(
      format_rows("table {{.Type}}\\t{{.TotalCount}}\\t{{.Reclaimable}}", disk_usage_lines(usage), disk_usage_titles()),
      "TYPE            TOTAL     RECLAIMABLE\n"
      "Images          2         1kB (25%)\n"
      "Image blobs     2         \n"
      "Containers      2         15kB (75%)\n"
      "Local Volumes   2         21kB (75%)\n");
  const model::Image known{.id = image, .references = {"app:latest"}};
  const std::string lists = disk_usage_lists(usage, {known}, Wall{});
  for (const char* line :
       {"\napp          latest    aaaaaaaaaaaa   Less than a second ago   3kB       2kB           1kB           2\n",
        "\n222222222222   app       \"sh\"      1               15kB      Less than a second ago   Created  ",
        "\ndata          2         7kB\nold           0         21kB\n"}) {
    EXPECT_NE(lists.find(line), std::string::npos) << line << lists;
  }
}

TEST(Digests, ComeFromWhatARegistrySaid) {
  const std::string digest = "@sha256:" + std::string(64, 'a');
  model::Image pulled, imported;
  pulled.references = {"busybox:latest", "h:5000/a/b:1"};
  pulled.repo_digests = {"other" + digest, "busybox" + digest, "h:5000/a/b" + digest};
  imported.references = {"mine:latest"};
  const std::vector<model::Image> images{pulled, imported};
  for (const char* name : {"busybox", "busybox:latest", "library/busybox", "docker.io/busybox"}) {
    EXPECT_EQ(with_digest(name, images), "docker.io/library/busybox:latest" + digest) << name;
  }
  EXPECT_EQ(with_digest("h:5000/a/b:1", images), "h:5000/a/b:1" + digest);
  EXPECT_EQ(with_digest("busybox:1" + digest, images), "docker.io/library/busybox" + digest);
  EXPECT_FALSE(with_digest("mine", images));
  EXPECT_FALSE(with_digest("busybox:1", images));

  compose::Project project;
  project.services["a"].image = "busybox";
  project.services["b"].build.emplace();
  EXPECT_TRUE(without_digest(project, images).empty());
  EXPECT_TRUE(resolve_digests(project, images, {}).empty());
  EXPECT_EQ(lock_file(project, false),
            "services:\n  a:\n    image: docker.io/library/busybox:latest" + digest + "\n  b: {}\n");
}

TEST(Digests, ComeFromRegistriesForTheRest) {
  const std::string digest = "sha256:" + std::string(64, 'b');
  model::Image imported;
  imported.references = {"mine:latest"};
  const std::vector<model::Image> images{imported};
  compose::Project project;
  project.services["a"].image = project.services["b"].image = "h:5000/app";
  project.services["c"].image = "mine";
  project.services["d"].image = "registry.example/a/b:1";
  project.services["d"].places["image"] = {.file = "compose.yaml", .line = 7, .column = 12};
  EXPECT_EQ(without_digest(project, images),
            (std::vector<std::string>{"h:5000/app", "mine", "registry.example/a/b:1"}));
  api::ImageDigests answers;
  answers.digests["h:5000/app"] = digest;
  answers.errors.emplace("mine", Error(ErrorKind::not_permitted, "access denied").remedy("stack login"));
  answers.errors.emplace("registry.example/a/b:1",
                         Error(ErrorKind::not_permitted, "access denied").remedy("stack login registry.example"));
  EXPECT_EQ(api::parse_image_digests(api::image_digests_json(answers)).digests, answers.digests);
  const compose::Diagnostics mistakes =
      resolve_digests(project, images, api::parse_image_digests(api::image_digests_json(answers)));
  EXPECT_EQ(project.services["b"].image, "h:5000/app:latest@" + digest);
  EXPECT_EQ(
      compose::render(mistakes),
      "error: services.c.image: no registry says the digest of mine: access denied; stack login, or push the image "
      "that is here: it was imported or built, and has no digest yet\n"
      "compose.yaml:7:12: error: services.d.image: no registry says the digest of registry.example/a/b:1: access "
      "denied; "
      "stack login registry.example\n");
}

TEST(Scale, WordsAreNameEqualsNumber) {
  EXPECT_EQ(parse_scale({"web=3", "db=0"}), (std::map<std::string, int>{{"web", 3}, {"db", 0}}));
  for (const char* bad : {"web", "web=", "=3", "web=x", "web=-1", "web=3x"})
    EXPECT_THROW(parse_scale({bad}), Error) << bad;
}

TEST(Moments, InEveryForm) {
  const Wall now{1'000'000s};
  EXPECT_EQ(parse_moment("10m", now), now - 10min);
  EXPECT_EQ(parse_moment("1700000000.5", now), Wall{1'700'000'000s + 500ms});
  EXPECT_EQ(parse_moment("2023-11-14T22:13:20Z", now), Wall{1'700'000'000s});
  EXPECT_EQ(parse_moment("2023-11-14T23:13:20.25+01:00", now), Wall{1'700'000'000s + 250ms});
  for (const char* bad : {"", "yesterday", "2023-13-01", "2023-11-14T22"}) {
    EXPECT_THROW(parse_moment(bad, now), Error) << bad;
  }
}

model::Image image_of(const char* id, std::vector<std::string> references, int created, const char* team = nullptr) {
  model::Image image;
  image.id = std::string{"sha256:"} + id;
  image.references = std::move(references);
  image.created = Wall{std::chrono::seconds{created}};
  if (team != nullptr) image.config.labels["team"] = team;
  return image;
}

std::string ids(const std::vector<model::Image>& images) {
  std::string text;
  for (const auto& image : images) text += image.id.substr(7) + " ";
  return text;
}

TEST(ImageChoice, FiltersAreDockers) {
  const std::vector<model::Image> all{image_of("aaaa", {"shop/web:1", "shop/web:2"}, 100, "shop"),
                                      image_of("bbbb", {"busybox:latest"}, 200, "base"), image_of("cccc", {}, 300)};
  const auto by = [&](std::vector<std::string> words) { return ids(filtered(all, parse_filters(words))); };
  EXPECT_EQ(by({}), "aaaa bbbb cccc ");
  EXPECT_EQ(by({"dangling=true"}), "cccc ");
  EXPECT_EQ(by({"dangling=false"}), "aaaa bbbb ");
  EXPECT_EQ(by({"label=team"}), "aaaa bbbb ");
  EXPECT_EQ(by({"label=team=shop"}), "aaaa ");
  EXPECT_EQ(by({"label=team", "label=team=base"}), "bbbb ");
  EXPECT_EQ(by({"before=busybox"}), "aaaa ");
  EXPECT_EQ(by({"since=busybox"}), "cccc ");
  EXPECT_EQ(by({"since=sha256:aaaa", "before=cccc"}), "bbbb ");
  EXPECT_EQ(by({"until=150"}), "aaaa ");
  EXPECT_EQ(by({"reference=shop/*"}), "aaaa ");
  EXPECT_EQ(by({"reference=*"}), "bbbb ");
  EXPECT_EQ(by({"reference=busybox", "reference=*/web:2"}), "aaaa bbbb ");
  EXPECT_EQ(filtered(all, parse_filters({"reference=shop/web:2"})).front().references.size(), 1U);
  EXPECT_THROW(by({"since=nope"}), Error);
  EXPECT_THROW(by({"dangling=perhaps"}), Error);
  EXPECT_THROW(by({"team=shop"}), Error);
  EXPECT_THROW(by({"until=tomorrow"}), Error);
}

// As docker does: three digits.
TEST(ImageView, SizesHaveThreeDigits) {
  model::Image image;
  image.id = "sha256:" + std::string(64, 'a');
  image.references = {"busybox:latest"};
  image.size_bytes = 1'984'172;
  EXPECT_THAT(images_table({image}, Wall{}, false), testing::HasSubstr(" 1.98MB"));
  model::Container container;
  container.spec.name = "web-1";
  container.spec.image_id = image.id;
  EXPECT_THAT(project_images_table({container}, {{image.id, image}}, Wall{}), testing::HasSubstr(" 1.98MB "));
  api::ImageDetails details;
  details.image = image;
  details.history.resize(1);
  details.history.front().size_bytes = image.size_bytes;
  EXPECT_THAT(history_table(details, {.now = Wall{}}), testing::HasSubstr(" 1.98MB "));
}

TEST(UpKeys, TheLineSaysWhatAKeyWouldDo) {
  EXPECT_EQ(menu_line(false, false), "w Enable Watch   d Detach");
  EXPECT_EQ(menu_line(true, false), "w Disable Watch   d Detach");
}

}  // namespace
}  // namespace stack::cli
