// --format: the templates of Docker's users. What the functions give was read off `docker compose ps --format`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/format/template_error.h"
#include "cli/view/format_json.h"

namespace stack::cli {
namespace {

using ::testing::HasSubstr;

const char* const kRows =
    R"({"Name":"shop-web-1","State":"running","ExitCode":0,"Labels":"a=b,team=shop",)"
    R"("Publishers":[{"PublishedPort":8080},{"PublishedPort":9090}],"Health":""})"
    "\n"
    R"({"Name":"shop-db-1","State":"exited","ExitCode":137,"Labels":"","Publishers":[],"Health":"healthy"})"
    "\n";

std::string of_first(const std::string& format) {
  const std::string all = format_rows(format, kRows, {});
  return all.substr(0, all.find('\n'));
}
std::string of_second(const std::string& format) {
  std::string all = format_rows(format, kRows, {});
  all.pop_back();
  return all.substr(all.find('\n') + 1);
}

TEST(Format, Fields) {
  EXPECT_EQ(format_rows("{{.Name}} {{.ExitCode}}", kRows, {}), "shop-web-1 0\nshop-db-1 137\n");
  EXPECT_EQ(format_rows("json", kRows, {}), kRows);
  EXPECT_EQ(format_rows("{{.Name}}", "", {}), "");
  EXPECT_EQ(of_first("{{.Publishers}}"), "[{8080} {9090}]");
  EXPECT_EQ(of_first("{{if .Publishers}}{{ (index .Publishers 1).PublishedPort }}{{end}}"), "9090");
  EXPECT_EQ(of_first(R"({{.Label "team"}}|{{.Label "none"}})"), "shop|");
  EXPECT_EQ(of_first("a\\tb {{\"x\\n\"}}"), "a\tb x");
}

TEST(Format, TextIsEscapedAsGoDoes) {
  EXPECT_EQ(of_first(R"({{html "<a b='c'>&\""}})"), "&lt;a b=&#39;c&#39;&gt;&amp;&#34;");
  EXPECT_EQ(of_first(R"({{js "it's <b>=\"1\""}})"), R"(it\'s \u003Cb\u003E\u003D\"1\")");
  EXPECT_EQ(of_first(R"({{urlquery "a b/ä~" .ExitCode}})"), "a+b%2F%C3%A4~0");
}

TEST(Format, FieldsHaveTheNamesOfGosStructuresToo) {
  const std::string row = R"({"Id":"12","HostConfig":{"NanoCpus":5,"Dns":["a"]},"Labels":{"Id":"x"}})"
                          "\n";
  EXPECT_EQ(format_rows("{{.ID}} {{.Id}} {{.HostConfig.NanoCPUs}} {{.HostConfig.DNS}} {{.Labels.ID}}", row, {}),
            "12 12 5 [a] <no value>\n");
}

// As `docker inspect --format` prints what JSON has as null, or leaves out.
TEST(Format, EmptyFieldsHaveTypes) {
  const std::string row =
      R"({"Options":null,"HostConfig":{"CapAdd":null,"Init":null,"Dns":[]},"State":{"Status":"running"},)"
      R"("Config":{"Labels":{"A":"b"},"Env":null},"Mounts":[{"Type":"bind","RW":true}]})"
      "\n";
  const auto shown = [&](const std::string& format) {
    std::string text = format_rows(format, row, {});
    text.pop_back();
    return text;
  };
  EXPECT_EQ(shown("{{.Options}} {{.HostConfig.CapAdd}} {{.HostConfig.Init}} {{.HostConfig.Dns}}"), "map[] [] <nil> []");
  EXPECT_EQ(shown("<{{index .Config.Labels \"none\"}}> {{index .Config.Labels \"A\"}}"), "<> b");
  EXPECT_EQ(shown("{{json .Options}} {{.HostConfig.CapAdd | json}} {{len .Options}} {{len .HostConfig.CapAdd}}"),
            "null null 0 0");
  EXPECT_EQ(shown("{{printf \"%v %v\" (json .Options) .Options}}"), "null map[]");
  EXPECT_EQ(shown("{{.HostConfig}} {{.Config}}"), "{[] <nil> []} {map[A:b] []}");
  EXPECT_EQ(shown("{{.State.Health}}{{if .State.Health}}{{.State.Health.Status}}{{end}}"), "<nil>");
  EXPECT_EQ(shown("{{.Config.Labels.none}}{{range .Mounts}}{{.Name}}{{end}}{{range .HostConfig.CapAdd}}x{{end}}"),
            "<no value>");
  try {
    shown("{{.State.Nosuch}}");
    FAIL() << "the field is not there";
  } catch (const Error& error) {
    EXPECT_THAT(error.render(), HasSubstr("the fields are .Status")) << "of the structure, not of the whole";
  }
  for (const char* wrong :
       {"{{.Nosuch}}", "{{.State.Nosuch}}", "{{.State.Health.Status}}", "{{.HostConfig.Dns.First}}"})
    EXPECT_THROW(shown(wrong), Error) << wrong;
}

std::string of_object(const std::string& format, const std::string& row) {
  std::string text = format_rows(format, row + "\n", {});
  text.pop_back();
  return text;
}

TEST(Format, AnObjectMayLackWhatItsKindLeavesOut) {
  const std::string image =
      R"({"Id":"1","RootFS":{},"Metadata":{"LastTagTime":"2026-11-30T20:56:47.28350Z"},"Config":{"OnBuild":null}})";
  EXPECT_EQ(of_object("<{{.Variant}}> <{{.OsVersion}}> {{.VirtualSize}} {{.Manifests}} {{.Config.OnBuild}}", image),
            "<> <> 0 [] []");
  EXPECT_EQ(of_object("{{.Metadata.LastTagTime}} {{json .Metadata}}", image),
            R"(2026-11-30 20:56:47.2835 +0000 UTC {"LastTagTime":"2026-11-30T20:56:47.28350Z"})");
  EXPECT_EQ(of_object("{{.SizeRw}}", R"({"HostConfig":{}})"), "<nil>");
  EXPECT_EQ(of_object("{{.Peers}} {{.Created}}", R"({"IPAM":{},"Created":"2026-11-30T20:00:00Z"})"),
            "[] 2026-11-30 20:00:00 +0000 UTC");
  EXPECT_EQ(of_object("{{.Status}} {{.UsageData}}", R"({"Mountpoint":"/x"})"), "map[] <nil>");
  EXPECT_THROW(of_object("{{.Peers}}", image), Error);
  EXPECT_EQ(of_object("{{.NetworkSettings.Networks.none.IPAddress}}",
                      R"({"NetworkSettings":{"Networks":{"bridge":{"IPAddress":"1.2.3.4"}}}})"),
            "<no value>");
}

TEST(Format, EventsHaveTheFieldsOfDockersStructure) {
  const std::string event =
      R"({"status":"die","id":"12","Type":"container","Action":"die","Actor":{"ID":"12","Attributes":{"name":"a"}},)"
      R"("scope":"local","time":5,"timeNano":5000000001})";
  EXPECT_EQ(of_object("{{.Status}} {{.ID}} <{{.From}}> {{.Scope}} {{.Time}} {{.TimeNano}}", event),
            "die 12 <> local 5 5000000001");
  EXPECT_EQ(of_object("{{.Actor.Attributes.name}} {{.Actor.Attributes.none}}", event), "a <no value>");
  EXPECT_EQ(of_object("{{json .}}", event), event);
  for (const char* wrong : {"{{.status}}", "{{.Bogus}}", "{{.Actor.Bogus}}"})
    EXPECT_THROW(of_object(wrong, event), Error) << wrong;
}

TEST(Format, Functions) {
  EXPECT_EQ(of_first("{{json .Publishers}}"), R"([{"PublishedPort":8080},{"PublishedPort":9090}])");
  EXPECT_EQ(of_first("{{upper .State}} {{.State | title}} {{len .Name}}"), "RUNNING Running 10");
  EXPECT_EQ(of_first(R"({{join (split .Name "-") "/"}} {{truncate .Name 4}} {{pad .State 1 2}}|)"),
            "shop/web/1 shop  running  |");
  EXPECT_EQ(of_first(R"({{printf "%-10s|%5d|%03d|%q|%v%%" .State .ExitCode 7 .Name true}})"),
            R"(running   |    0|007|"shop-web-1"|true%)");
  EXPECT_EQ(of_first(R"({{printf "%.4s|%8.3s|%-5.2s|%.9s|%.2q|%.1f" .State .State .State .State .State 7}})"),
            "runn|     run|ru   |running|\"ru\"|7.0");
  EXPECT_EQ(of_first("{{slice .Name 5}} {{slice .Name 0 4}} {{print 1 2 .State}}"), "web-1 shop 1 2running");
  EXPECT_EQ(
      of_first("{{eq .State \"x\" \"running\"}} {{ne 1 2}} {{lt 1 2.5}} {{and 1 0}} {{or \"\" \"x\"}} {{not .Health}}"),
      "true true true 0 x true");
}

TEST(Format, Control) {
  const std::string branch = "{{if eq .ExitCode 0}}ok{{else if gt .ExitCode 128}}killed{{else}}bad{{end}}";
  EXPECT_EQ(of_first(branch), "ok");
  EXPECT_EQ(of_second(branch), "killed");
  const std::string loop = "{{range $i, $p := .Publishers}}{{$i}}={{$p.PublishedPort}} {{else}}none{{end}}";
  EXPECT_EQ(of_first(loop), "0=8080 1=9090 ");
  EXPECT_EQ(of_second(loop), "none");
  EXPECT_EQ(of_first("{{range .Publishers}}{{.PublishedPort}}/{{$.State}} {{end}}"), "8080/running 9090/running ");
  EXPECT_EQ(of_second("{{with .Health}}({{.}}){{end}}{{$n := .Name}} {{$n}}"), "(healthy) shop-db-1");
  EXPECT_EQ(of_first("a  {{- /* no remark */ -}}  b {{- .State -}} c"),
            "ab"
            "running"
            "c");
}

TEST(Format, Tables) {
  EXPECT_EQ(format_rows("table {{.Name}}\\t{{.State}}\\t{{.ExitCode}}", kRows, {{"ExitCode", "EXIT CODE"}}),
            "NAME         STATE     EXIT CODE\n"
            "shop-web-1   running   0\n"
            "shop-db-1    exited    137\n");
  EXPECT_EQ(format_rows("table {{.Name}}", "", {}), "NAME\n");
  EXPECT_EQ(format_rows("table {{.Name}}\\t{{.Label \"com.shop.team-name\"}}", "", {}), "NAME      team name\n");
}

std::string refusal(const std::string& format) {
  try {
    format_rows(format, kRows, {});
  } catch (const Error& error) {
    return error.render();
  }
  return "accepted";
}

// Where a fault is, as Go counts, and what it is about.
std::string fault_of(const std::string& format) {
  try {
    format_rows(format, R"({"Name":"web","State":{"Pid":1}})", {});
  } catch (const format::TemplateError& error) {
    const format::TemplateFault& fault = error.fault();
    return std::to_string(fault.offset) + " <" + fault.source + "> " + fault.name;
  }
  return "accepted";
}

TEST(Format, MistakesHaveAPlace) {
  EXPECT_EQ(fault_of("{{.Foo}}"), "2 <.Foo> Foo");
  EXPECT_EQ(fault_of("x {{ .State.Foo }}"), "11 <.State.Foo> Foo");
  EXPECT_EQ(fault_of("{{.State.Foo.Bar}}"), "8 <.State.Foo.Bar> Foo");
  EXPECT_EQ(fault_of("{{$x := .State}}{{$x.Foo}}"), "20 <$x.Foo> Foo");
  EXPECT_EQ(fault_of("{{json .Foo}}"), "7 <.Foo> Foo");
  EXPECT_EQ(fault_of("{{ index .Name 7 | upper }}"), "3 <index .Name 7> index");
  EXPECT_EQ(fault_of("{{shout .Name}}"), "2 <> shout");
  EXPECT_EQ(fault_of("{{.Label \"x\"}}"), "2 <.Label> Label") << "rows that have no labels";
}

TEST(Format, Mistakes) {
  EXPECT_THAT(refusal("{{.Nmae}}"), HasSubstr("there is no field .Nmae"));
  EXPECT_THAT(refusal("{{.Nmae}}"), HasSubstr(".Name, .State"));
  EXPECT_THAT(refusal("{{shout .Name}}"), HasSubstr("there is no function shout"));
  EXPECT_THAT(refusal("{{.Name"), HasSubstr("expected }}"));
  EXPECT_THAT(refusal("{{if .Name}}x"), HasSubstr("{{if}} has no {{end}}"));
  EXPECT_THAT(refusal("x{{end}}"), HasSubstr("unexpected {{end}}"));
  EXPECT_THAT(refusal("{{}}"), HasSubstr("column 3"));
  EXPECT_THAT(refusal("{{\"x}}"), HasSubstr("the string has no end"));
  EXPECT_THAT(refusal("{{define \"x\"}}{{end}}"), HasSubstr("{{define}} is not supported"));
  EXPECT_THAT(refusal("{{upper 1}}"), HasSubstr("upper needs text"));
  EXPECT_THAT(refusal("{{$x}}"), HasSubstr("undefined variable $x"));
  EXPECT_THAT(refusal(std::string(5000, '(').insert(0, "{{")), HasSubstr("too deeply nested"));
}

TEST(Format, StructuresAndMapsArePrintedAsGoDoes) {
  const std::string row = R"({"Config":{"Cmd":["sh","-c"],"User":""},"Labels":{"team":"shop"},"None":{},"List":[]})"
                          "\n";
  EXPECT_EQ(format_rows("{{.Config}} {{.Labels}} {{.None}} {{.List}}", row, {}),
            "{[sh -c] } map[team:shop] map[] []\n");
}

}  // namespace
}  // namespace stack::cli
