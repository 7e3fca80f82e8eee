// api: routes, addresses, versions, the two binary framings and the JSON of requests and reports.
#include <gtest/gtest.h>

#include "engine/api/api_version.h"
#include "engine/api/exec_frame.h"
#include "engine/api/filters.h"
#include "engine/api/log_frame.h"
#include "engine/api/network_json.h"
#include "engine/api/report_json.h"
#include "engine/api/revision_json.h"
#include "engine/api/routes.h"
#include "engine/api/stack_json.h"
#include "engine/api/volume_json.h"
#include "engine/api/wire_version.h"

namespace stack::api {
namespace {

TEST(StackJson, WhatStaysBehind) {
  const std::vector<std::string> remains = {"forwarding stays on"};
  EXPECT_EQ(parse_shutdown(shutdown_json(remains)), remains);
  EXPECT_TRUE(parse_shutdown("{}").empty()) << "an older engine";
}

TEST(Routes, MatchSegmentsAndDecodeThem) {
  Routes routes;
  routes.add("POST", "/stack/v1/projects/{project}/up", Body::text, {});
  routes.add("GET", "/stack/v1/images", Body::none, {});
  const Match up = routes.find("POST", "/stack/v1/projects/a%20b/up");
  ASSERT_NE(up.route, nullptr);
  EXPECT_EQ(up.parameters.at("project"), "a b");
  EXPECT_EQ(routes.find("GET", "/stack/v1/projects/x/up").route, nullptr);
  EXPECT_EQ(routes.find("POST", "/stack/v1/projects//up").route, nullptr);
  EXPECT_EQ(routes.find("GET", "/stack/v1/images/more").route, nullptr);
  EXPECT_EQ(routes.find("GET", "/").route, nullptr);
}

TEST(Routes, TakeNamesWithSlashesAndPreferTheMostLiteral) {
  Routes routes;
  for (const char* pattern :
       {"/images/json", "/images/{name...}/json", "/images/{name}/history", "/images/{name...}/get", "/images/get",
        "/distribution/{name...}/json", "/volumes/{name...}"}) {
    routes.add("GET", pattern, Body::none, {});
  }
  routes.add("DELETE", "/images/{image...}", Body::none, {});
  const auto found = [&](const char* method, const char* path) -> std::string {
    const Match match = routes.find(method, path);
    if (match.route == nullptr) return "none";
    std::string text = match.route->pattern;
    for (const auto& [name, value] : match.parameters) text += " " + name + "=" + value;
    return text;
  };
  EXPECT_EQ(found("GET", "/images/json"), "/images/json");
  EXPECT_EQ(found("GET", "/images/a/json"), "/images/{name...}/json name=a");
  EXPECT_EQ(found("GET", "/images/a/b/c/json"), "/images/{name...}/json name=a/b/c");
  EXPECT_EQ(found("GET", "/images/a%2Fb%2fc/json"), "/images/{name...}/json name=a/b/c");
  EXPECT_EQ(found("GET", "/images/json/json"), "/images/{name...}/json name=json");
  EXPECT_EQ(found("GET", "/images/a/json/json"), "/images/{name...}/json name=a/json");
  EXPECT_EQ(found("GET", "/images/host:5000/a@sha256:0/get"), "/images/{name...}/get name=host:5000/a@sha256:0");
  EXPECT_EQ(found("GET", "/images/get"), "/images/get");
  EXPECT_EQ(found("GET", "/images/a/history"), "/images/{name}/history name=a");
  EXPECT_EQ(found("GET", "/images/a/b/history"), "none");
  EXPECT_EQ(found("GET", "/distribution/a/b/json"), "/distribution/{name...}/json name=a/b");
  // A route of another method hides nothing.
  EXPECT_EQ(found("DELETE", "/images/json"), "/images/{image...} image=json");
  EXPECT_EQ(found("DELETE", "/images/a/json"), "/images/{image...} image=a/json");
  for (const char* path :
       {"/images", "/images/", "/images//json", "/images/a//json", "/volumes/a//b", "/", "", "images/json"})
    EXPECT_EQ(found("GET", path), "none") << path;
  EXPECT_THROW(static_cast<void>(routes.find("GET", "/images/a%2/json")), Error);
}

TEST(Routes, RefusePatternsThatCannotBeTold) {
  Routes routes;
  routes.add("GET", "/a/{x}", Body::none, {});
  EXPECT_THROW(routes.add("GET", "/a/{y}", Body::none, {}), Error) << "the same in other words";
  EXPECT_THROW(routes.add("GET", "/a/{x...}/b/{y...}", Body::none, {}), Error);
  EXPECT_THROW(routes.add("GET", "", Body::none, {}), Error);
  routes.add("POST", "/a/{y}", Body::none, {});
}

TEST(Routes, HeadFallsBackToGetAndWhatIsAllowedIsTold) {
  Routes routes;
  routes.add("GET", "/a", Body::none, {});
  routes.add("POST", "/a", Body::none, {});
  routes.add("GET", "/b", Body::none, {});
  routes.add("HEAD", "/b", Body::none, {});
  EXPECT_EQ(routes.find("HEAD", "/a").route->method, "GET");
  EXPECT_EQ(routes.find("HEAD", "/b").route->method, "HEAD");
  EXPECT_EQ(routes.find("PUT", "/a").allowed, (std::vector<std::string>{"GET", "HEAD", "POST"}));
  EXPECT_TRUE(routes.find("PUT", "/nowhere").allowed.empty());
}

TEST(Routes, APathOfThousandsOfPartsIsCheap) {
  Routes routes;
  routes.add("GET", "/images/{name...}/json", Body::none, {});
  routes.add("GET", "/images/{name...}/json/{other}", Body::none, {});
  std::string path = "/images";
  for (int i = 0; i < 30'000; ++i) path += "/a";
  EXPECT_EQ(routes.find("GET", path).route, nullptr);
  EXPECT_NE(routes.find("GET", path + "/json").route, nullptr);
}

TEST(Volumes, FiltersComeInBothOfDockersForms) {
  const VolumeFilter list =
      parse_volume_filter(R"({"label":["a=b","c"],"dangling":["true"],"name":["x"]})", FilterUse::list);
  EXPECT_EQ(list.labels, (std::vector<std::string>{"a=b", "c"}));
  EXPECT_EQ(list.dangling, true);
  EXPECT_EQ(list.names, (std::vector<std::string>{"x"}));
  const VolumeFilter prune =
      parse_volume_filter(R"({"label!":{"keep":true,"not":false},"all":{"1":true}})", FilterUse::prune);
  EXPECT_EQ(prune.not_labels, (std::vector<std::string>{"keep"}));
  EXPECT_TRUE(prune.all);
  EXPECT_EQ(parse_volume_filter(filters_json({{"driver", "local"}}), FilterUse::list).drivers,
            (std::vector<std::string>{"local"}));
  EXPECT_FALSE(parse_volume_filter("", FilterUse::list).dangling);
  for (const char* text : {R"({"until":["1h"]})", R"({"dangling":["maybe"]})", R"({"all":["true"]})", R"({"name":"x"})",
                           R"({"name":[1]})", "[]", "{"}) {
    EXPECT_THROW((void)parse_volume_filter(text, FilterUse::list), Error) << text;
  }
}

TEST(Volumes, AreWrittenAndReadInDockersWords) {
  model::Volume volume{.spec = {.name = "shop_data",
                                .driver_opts = {{"o", "bind"}},
                                .labels = {{model::kAnonymousVolumeLabel, ""}},
                                .anonymous = true},
                       .mountpoint = "/data",
                       .created = Wall{std::chrono::seconds{1'700'000'000}}};
  EXPECT_EQ(volume_json(volume),
            R"({"CreatedAt":"2023-11-14T22:13:20Z","Driver":"local","Labels":{"com.docker.volume.anonymous":""},)"
            R"("Mountpoint":"/data","Name":"shop_data","Options":{"o":"bind"},"Scope":"local"})");
  EXPECT_EQ(parse_volume_list(volume_list_json({volume})), (std::vector<model::Volume>{volume}));
  EXPECT_THROW((void)parse_volume(R"({"Name":1})"), Error);
  const model::VolumeSpec wanted =
      parse_volume_request(R"({"Name":"a","Driver":"","Labels":null,"DriverOpts":{"type":"none"}})");
  EXPECT_EQ(wanted.driver, "local");
  EXPECT_EQ(wanted.driver_opts.at("type"), "none");
  EXPECT_TRUE(parse_volume_request("").name.empty());
}

TEST(Networks, AreWrittenAndReadInDockersWords) {
  NetworkView view;
  view.network.id = std::string(64, 'a');
  view.network.spec.name = "shop_front";
  view.network.spec.labels = {{"a", "b"}};
  view.network.spec.enable_ipv6 = true;
  view.network.pools = {{.subnet = "10.5.0.0/16",
                         .ip_range = "10.5.1.0/24",
                         .gateway = "10.5.0.1",
                         .aux_addresses = {{"x", "10.5.0.9"}}}};
  view.network.created = Wall{std::chrono::seconds{1'700'000'000} + std::chrono::milliseconds{500}};
  view.members = {{.container_id = "c1",
                   .name = "web",
                   .endpoint_id = "e1",
                   .mac = "02:42:0a:05:00:02",
                   .ipv4 = "10.5.0.2/16",
                   .ipv6 = ""}};
  const std::string text = network_json(view);
  EXPECT_NE(text.find(R"("Created":"2023-11-14T22:13:20.5Z")"), std::string::npos) << text;
  const NetworkView read = parse_network_view(text);
  EXPECT_EQ(read.network, view.network);
  ASSERT_EQ(read.members.size(), 1U);
  EXPECT_EQ(read.members[0].ipv4, "10.5.0.2/16");
  EXPECT_EQ(parse_network_list(network_list_json({view.network})), (std::vector<model::Network>{view.network}));
  EXPECT_EQ(network_removal_json({}), R"({"NetworksDeleted":null})");

  const model::NetworkSpec wanted = parse_network_request(
      R"({"Name":"n","Driver":"","Labels":null,"Options":null,"IPAM":{"Config":null},"EnableIPv4":null,"Internal":true})");
  EXPECT_EQ(wanted.driver, "bridge");
  EXPECT_TRUE(wanted.internal && wanted.enable_ipv4 && wanted.pools.empty());
  for (const char* wrong : {R"({"Name":1})", R"({"Name":"n","Ingress":true})", R"({"Name":"n","Scope":"swarm"})", "[]",
                            "{", R"({"Name":"n","ConfigFrom":{"Network":"m"}})",
                            R"({"Name":"n","IPAM":{"Driver":"cloud"}})", R"({"Name":"n","IPAM":7})"})
    EXPECT_THROW((void)parse_network_request(wrong), Error) << wrong;
}

// As dockerd: the gateway of a subnet that was given without one is not shown, and the options of IPAM are those that were given.
TEST(Networks, ShowOfTheirAddressesWhatWasGiven) {
  NetworkView view;
  view.network.id = std::string(64, 'a');
  view.network.pools = {{.subnet = "10.5.0.0/16", .ip_range = {}, .gateway = "10.5.0.1", .aux_addresses = {}},
                        {.subnet = "fd00::/64", .ip_range = {}, .gateway = "fd00::1", .aux_addresses = {}}};
  view.network.spec.pools = {{.subnet = "fd00::/64", .ip_range = {}, .gateway = {}, .aux_addresses = {}}};
  const auto shown = [&] { return parse_network_view(network_json(view)); };
  EXPECT_EQ(shown().network.pools[0].gateway, "10.5.0.1");
  EXPECT_EQ(shown().network.pools[1].gateway, "");
  EXPECT_EQ(shown().network.spec.ipam_options, std::nullopt);
  EXPECT_NE(network_json(view).find(R"("Options":null)"), std::string::npos);
  for (const char* options : {"{}", R"({"a":"b"})"}) {
    const std::string request = R"({"Name":"n","IPAM":{"Options":)" + std::string{options} + "}}";
    view.network.spec.ipam_options = parse_network_request(request).ipam_options;
    EXPECT_NE(network_json(view).find(R"("Options":)" + std::string{options}), std::string::npos) << options;
    EXPECT_EQ(parse_network_request(network_request_json(view.network.spec)).ipam_options,
              view.network.spec.ipam_options);
  }
}

TEST(Networks, FiltersOfListsAndPrunesDiffer) {
  EXPECT_EQ(parse_network_filter(R"({"type":["builtin"]})").predefined, true);
  EXPECT_EQ(parse_network_filter(R"({"type":{"custom":true}})").predefined, false);
  const Wall now{std::chrono::hours{100}};
  EXPECT_EQ(parse_network_prune_filter(R"({"until":["24h"]})", now).until, now - std::chrono::hours{24});
  for (const char* wrong : {R"({"until":["24h"]})", R"({"type":["x"]})", R"({"dangling":["x"]})", "["})
    EXPECT_THROW((void)parse_network_filter(wrong), Error) << wrong;
  for (const char* wrong : {R"({"dangling":["true"]})", R"({"until":["whenever"]})"})
    EXPECT_THROW((void)parse_network_prune_filter(wrong, now), Error) << wrong;
}

TEST(Target, IsTakenApart) {
  Request request;
  parse_target("/stack/v1/a/b?x=1&x=2%20+3&flag=TRUE&empty", request);
  EXPECT_EQ(request.path, "/stack/v1/a/b");
  EXPECT_EQ(request.dialect, Dialect::stack);
  EXPECT_EQ(request.get_all("x"), (std::vector<std::string>{"1", "2  3"}));
  EXPECT_TRUE(request.flag("flag"));
  EXPECT_FALSE(request.flag("empty"));
  EXPECT_FALSE(request.flag("absent"));
  for (const char* bad : {"/a?x=%", "/a?x=%4", "/a?x=%zz"}) {
    Request broken;
    EXPECT_THROW(parse_target(bad, broken), Error) << bad;
  }
  Request escaped;
  parse_target("/a?x=%41", escaped);
  EXPECT_EQ(escaped.get("x"), "A") << "an escape at the very end";
  Request odd;
  parse_target("/stack/v1?f=maybe", odd);
  EXPECT_THROW(static_cast<void>(odd.flag("f")), Error);
}

TEST(Target, TellsTheVersionAndTheDialect) {
  struct Case {
    const char *target, *version, *path;
    Dialect dialect;
  };
  for (const Case& each : std::vector<Case>{{"/v1.44/volumes/a?x=1", "1.44", "/volumes/a", Dialect::docker},
                                            {"/volumes", "", "/volumes", Dialect::docker},
                                            {"/v1.44", "", "/v1.44", Dialect::docker},
                                            {"/v1.x/volumes", "", "/v1.x/volumes", Dialect::docker},
                                            {"/v/volumes", "", "/v/volumes", Dialect::docker},
                                            {"/volumes/v1.44/x", "", "/volumes/v1.44/x", Dialect::docker},
                                            {"/stack/v1/projects", "", "/stack/v1/projects", Dialect::stack},
                                            {"/stack/v10/x", "", "/stack/v10/x", Dialect::docker},
                                            {"/v1.44/stack/v1/x", "", "/v1.44/stack/v1/x", Dialect::docker}}) {
    Request request;
    parse_target(each.target, request);
    EXPECT_EQ(request.version, each.version) << each.target;
    EXPECT_EQ(request.path, each.path) << each.target;
    EXPECT_EQ(request.dialect, each.dialect) << each.target;
  }
}

TEST(Target, DockersFlagsAreReadAsDockerdReadsThem) {
  Request request;
  parse_target("/x?a=&b=0&c=no&d=false&e=none&f=NO&g=False&h=%20none%20&bare&t=1&u=true&v=yes&w=off&x=anything",
               request);
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "bare", "absent"})
    EXPECT_FALSE(request.flag(name)) << name;
  for (const char* name : {"t", "u", "v", "w", "x"}) EXPECT_TRUE(request.flag(name)) << name;
}

TEST(Target, NumbersAreWhole) {
  Request request;
  parse_target("/x?n=42&m=-1&p=%2B7&empty=&bad=abc&half=1.5&long=99999999999999999999&tail=1x&sign=%2B-1", request);
  EXPECT_EQ(request.number("n"), 42);
  EXPECT_EQ(request.number("m"), -1);
  EXPECT_EQ(request.number("p"), 7);
  EXPECT_EQ(request.number("empty"), std::nullopt);
  EXPECT_EQ(request.number("absent"), std::nullopt);
  for (const char* name : {"bad", "half", "long", "tail", "sign"})
    EXPECT_THROW(static_cast<void>(request.number(name)), Error) << name;
  try {
    static_cast<void>(request.number("bad"));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    EXPECT_EQ(error.message(), "the parameter bad must be a whole number, not \"abc\"");
  }
}

TEST(Versions, AreComparedPartByPart) {
  for (const char* good : {"1.24", "1.51", "1.024", "1.44.1", "1.51.0", "1.24."})
    EXPECT_FALSE(refused_version(good)) << good;
  for (const char* old : {"1.23", "1.9", "1", ".", "0.99", "1.23.9"})
    EXPECT_NE(refused_version(old).value().body.find("too old"), std::string::npos) << old;
  for (const char* young : {"1.52", "2.24", "1.51.1", "99999999999999999999.1"})
    EXPECT_NE(refused_version(young).value().body.find("too new"), std::string::npos) << young;
  EXPECT_EQ(minor_version("1.44"), 44);
  EXPECT_EQ(minor_version("1"), 0);
}

TEST(Heads, AValueIsOneLine) {
  const std::string text = head_text({.status = 200, .content_type = "text/plain", .length = 3},
                                     {{"X-Name", "a\r\nSet-Cookie: b"}}, Dialect::stack);
  EXPECT_EQ(text,
            "HTTP/1.1 200 OK\r\nStack-Protocol: 2\r\nContent-Type: text/plain\r\nX-Name: a  Set-Cookie: "
            "b\r\nContent-Length: 3\r\n\r\n");
}

TEST(LogFrames, SurviveAnySplit) {
  std::string bytes;
  for (int i = 0; i < 20; ++i) {
    append_log_frame(bytes, {.kind = i % 2 == 0 ? LogKind::out : LogKind::err,
                             .flags = kLogPartial,
                             .source = static_cast<std::uint16_t>(i),
                             .time_ns = i * 1000,
                             .payload = std::string(i * 7, 'x')});
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{17}, bytes.size()}) {
    LogFrameReader reader;
    int seen = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.feed(std::string_view{bytes}.substr(at, piece), [&](const LogFrame& frame) {
        EXPECT_EQ(frame.source, seen);
        EXPECT_EQ(frame.time_ns, seen * 1000);
        EXPECT_EQ(frame.payload.size(), static_cast<std::size_t>(seen * 7));
        ++seen;
      });
    }
    EXPECT_EQ(seen, 20);
  }
}

TEST(LogFrames, RefuseWhatTheyAreNot) {
  LogFrameReader reader;
  EXPECT_THROW(reader.feed("HTTP/1.1 500 Internal Server Error", [](const LogFrame&) {}), Error);
}

TEST(ExecFrames, SurviveAnySplitAndRefuseGiants) {
  const std::string bytes = exec_frame(ExecFrame::in, "hello") + exec_frame(ExecFrame::in_end, {});
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    ExecFrameReader reader;
    std::vector<std::string> seen;
    const auto note = [&](ExecFrame kind, std::string_view payload) {
      seen.push_back(std::to_string(static_cast<int>(kind)) + ":" + std::string{payload});
    };
    reader.feed(std::string_view{bytes}.substr(0, cut), note);
    reader.feed(std::string_view{bytes}.substr(cut), note);
    EXPECT_EQ(seen, (std::vector<std::string>{"0:hello", "1:"}));
  }
  ExecFrameReader reader;
  std::string giant(8, '\0');
  giant[7] = '\x7f';
  EXPECT_THROW(reader.feed(giant, [](ExecFrame, std::string_view) {}), Error);
}

TEST(StackJson, ProjectRequestsSurviveTheRoundTrip) {
  ProjectRequest request{.verb = Verb::up,
                         .project = "shop",
                         .resolved = R"({"name":"shop"})",
                         .services = {"web"},
                         .scale = {{"web", 3}},
                         .timeout = std::chrono::seconds{5}};
  request.wait = request.remove_orphans = true;
  const ProjectRequest back = parse_project_request(Verb::up, "shop", project_request_json(request));
  EXPECT_EQ(back.resolved, request.resolved);
  EXPECT_EQ(back.services, request.services);
  EXPECT_EQ(back.scale, request.scale);
  EXPECT_EQ(back.timeout, request.timeout);
  EXPECT_TRUE(back.wait && back.remove_orphans && !back.volumes);
  EXPECT_THROW(parse_project_request(Verb::up, "x", "{\"services\": 3}"), Error);
  EXPECT_THROW(parse_project_request(Verb::up, "x", "nonsense"), Error);
}

TEST(StackJson, ErrorsKeepKindAndRemedy) {
  Error error{ErrorKind::no_such_command, "exec: nothing"};
  error.remedy("install it");
  const Error back = parse_error(400, error_json(error));
  EXPECT_EQ(back.kind(), ErrorKind::no_such_command);
  EXPECT_EQ(back.render(), error.render());
  EXPECT_EQ(parse_error(502, "<html>").message(), "the engine answered with status 502");
}

TEST(ReportJson, EveryReportIsOneLineAndComesBackAsItWas) {
  using enum model::Action;
  const model::Subject web{model::SubjectKind::container, "a\nb"}, layer{model::SubjectKind::layer, "4fe2"};
  for (const Report& report : std::vector<Report>{
           model::Pending{web, start, {{"db", model::Awaited::healthy}, {"x", model::Awaited::removed}}},
           model::Started{web, recreate, "image changed: a", "details"}, model::Started{layer, download, {}, {}, "web"},
           model::Advanced{layer, download, "web", 5, 10},
           model::Finished{web, start, model::Ending::restored, "(runs as before)"},
           model::Finished{layer, extract, model::Ending::present, {}, "web"},
           model::Warned{web, remove, model::Reservation::in_use, "by others"}, model::Failed{web, stop, "it is stuck"},
           Notice{"mind the gap"}, PlanReport{"0 [] ...\n", R"({"nodes":[]})"}, Done{true, "1 recreated"}}) {
    const std::string line = report_line(report);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(report_line(parse_report(line)), line);
    EXPECT_EQ(parse_report(line).index(), report.index());
    const auto* event = std::get_if<model::ProgressEvent>(&report);
    if (event == nullptr) continue;
    EXPECT_EQ(std::get<model::ProgressEvent>(parse_report(line)), *event) << line;
  }
  const Report failure = parse_report(report_line(Failure{Error(ErrorKind::conflict, "taken")}));
  EXPECT_EQ(std::get<Failure>(failure).error.kind(), ErrorKind::conflict);
}

TEST(ReportJson, EnumsAreWordsAndUnknownOnesAreRefused) {
  EXPECT_EQ(report_line(model::Started{{model::SubjectKind::volume, "data"}, model::Action::create}),
            R"({"action":"create","event":"started","kind":"volume","name":"data"})"
            "\n");
  for (const char* line : {R"({"event":"dance"})", R"({"action":"dance","event":"started","kind":"volume","name":"d"})",
                           R"({"action":1,"event":"started","kind":"volume","name":"d"})",
                           R"({"event":"started","name":"d"})", "{}", "[]", "nonsense"})
    EXPECT_THROW(parse_report(line), Error) << line;
}

TEST(RevisionJson, ComesBackAsItWas) {
  Revision revision{.number = 7,
                    .verb = Verb::down,
                    .hash = "abc",
                    .begun = Wall{Nanos{5}},
                    .ended = Wall{Nanos{9}},
                    .outcome = RevisionOutcome::failed,
                    .failure = "no room",
                    .summary = "1 created",
                    .client = {1000, 42, "stack up -d"},
                    .images = {{"app:1", {"sha256:1", "app@sha256:2"}}},
                    .steps = {{"create container web", "0 of 1 replicas exist", R"({"kind":"too_few_replicas"})"}},
                    .resolved = R"({"name":"shop"})"};
  EXPECT_EQ(parse_revision(revision_json(revision)), revision);
  EXPECT_NE(revision_json(revision).find(R"("outcome":"failed")"), std::string::npos);
  EXPECT_THROW(parse_revision(R"({"number":1,"verb":"dance","outcome":"failed"})"), Error);
  EXPECT_THROW(parse_revision("{}"), Error);
}

TEST(WireVersion, OtherVersionsAreRefusedWithWhatToDo) {
  EXPECT_NO_THROW(check_client_version("2"));
  EXPECT_NO_THROW(check_engine_version("2"));
  for (const char* stated : {"", "1", "3"}) {
    for (const auto check : {&check_client_version, &check_engine_version}) {
      try {
        check(stated);
        FAIL() << stated;
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unsupported);
        EXPECT_NE(error.remedy_text().find("stack system shutdown"), std::string::npos);
      }
    }
  }
}

TEST(StackJson, AProjectRequestIsTwoLinesWhichAnOlderEngineRefuses) {
  const std::string with = project_request_json({.project = "shop", .resolved = R"({"name":"shop"})"});
  EXPECT_TRUE(with.ends_with("\n{\"name\":\"shop\"}\n")) << "the project stands there as it is: " << with;
  const std::string without = project_request_json({.project = "shop"});
  EXPECT_TRUE(without.ends_with("\nnull\n")) << without;
  EXPECT_EQ(parse_project_request(Verb::up, "shop", without).resolved, "");
  EXPECT_EQ(parse_project_request(Verb::up, "shop", "").resolved, "");
}

}  // namespace
}  // namespace stack::api
