// testcontainers and dockerode against the engine at DOCKER_HOST: each test is what their users write. Prints a line a test; exit code 1
// when one fails.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { PassThrough } from "node:stream";
import Docker from "dockerode";
import tar from "tar-stream";
import { GenericContainer, Network, Wait } from "testcontainers";

const image = process.env.IMAGE;
const work = process.env.WORK;
const docker = new Docker({ socketPath: process.env.DOCKER_HOST.replace("unix://", "") });
const server = ["sh", "-c", "mkdir /pages; echo hello >/pages/index.html; echo ready; httpd -f -p 80 -h /pages"];
const idle = ["sleep", "1000"];
const tests = {};

const text = async (stream) => {
  let all = "";
  for await (const piece of stream) all += piece;
  return all;
};
const followed = (stream) =>
  new Promise((resolve, reject) => docker.modem.followProgress(stream, (error, all) => (error ? reject(error) : resolve(all))));
const idleContainer = async (more = {}) => {
  const container = await docker.createContainer({ Image: image, Cmd: idle, HostConfig: { AutoRemove: false }, ...more });
  await container.start();
  return container;
};
const builds = () => {
  const folder = path.join(work, "build");
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "Dockerfile"), `FROM ${image}\nARG V=1\nRUN echo built $V >/b\nCMD ["sleep","1000"]\n`);
  return folder;
};

tests["a container with a port, once it listens"] = async () => {
  const container = await new GenericContainer(image)
    .withCommand(server)
    .withExposedPorts(80)
    .withWaitStrategy(Wait.forAll([Wait.forLogMessage(/ready/), Wait.forListeningPorts()]))
    .start();
  const answer = await fetch(`http://${container.getHost()}:${container.getMappedPort(80)}/`);
  assert.equal(await answer.text(), "hello\n");
  const ran = await container.exec(["sh", "-c", "echo out; echo err >&2; exit 3"]);
  assert.deepEqual([ran.exitCode, ran.stdout, ran.stderr], [3, "out\n", "err\n"]);
  await container.copyContentToContainer([{ content: "abc", target: "/tmp/x" }]);
  assert.equal((await container.exec(["cat", "/tmp/x"])).output, "abc");
  assert.ok((await text(await container.copyArchiveFromContainer("/tmp/x"))).includes("abc"));
  await container.restart();
  await container.stop();
};
tests["waits for health and for an answer"] = async () => {
  const health = { test: ["CMD-SHELL", "test -e /pages/index.html"], interval: 200, timeout: 1000, retries: 3, startPeriod: 100 };
  const healthy = await new GenericContainer(image).withCommand(server).withHealthCheck(health).withWaitStrategy(Wait.forHealthCheck()).start();
  await healthy.stop();
  const answers = await new GenericContainer(image).withCommand(server).withExposedPorts(80).withWaitStrategy(Wait.forHttp("/", 80)).start();
  await answers.stop();
};
tests["a network with an alias"] = async () => {
  const network = await new Network().start();
  const first = await new GenericContainer(image).withCommand(server).withNetwork(network).withNetworkAliases("pages").start();
  const second = await new GenericContainer(image).withCommand(idle).withNetwork(network).start();
  assert.match((await second.exec(["nslookup", "pages"])).output, /Address.*172\./s);
  await first.stop();
  await second.stop();
  await network.stop();
};
tests["images built by both protocols"] = async () => {
  for (const builder of [GenericContainer.fromDockerfile(builds()), GenericContainer.fromDockerfile(builds()).withBuildkit()]) {
    const container = await (await builder.withBuildArgs({ V: "7" }).build()).start();
    assert.equal((await container.exec(["cat", "/b"])).output, "built 7\n");
    await container.stop();
  }
};
tests["settings of a container"] = async () => {
  const container = await new GenericContainer(image)
    .withCommand(idle)
    .withEnvironment({ A: "b" })
    .withTmpFs({ "/t": "rw,size=1m" })
    .withUser("1:1")
    .withUlimits({ nofile: { hard: 1000, soft: 900 } })
    .withBindMounts([{ source: builds(), target: "/c", mode: "ro" }])
    .withResourcesQuota({ memory: 0.125, cpu: 0.5 })
    .withHostname("named")
    .withWorkingDir("/tmp")
    .withExtraHosts([{ host: "extra", ipAddress: "192.0.2.1" }])
    .withPrivilegedMode()
    .start();
  const seen = (await container.exec(["sh", "-c", "echo $A; ulimit -n; hostname; pwd; grep -c extra /etc/hosts; ls /c"])).output;
  assert.deepEqual(seen.trim().split("\n"), ["b", "900", "named", "/tmp", "1", "Dockerfile"]);
  await container.stop();
};
tests["a commit, and a container that is used again"] = async () => {
  const container = await new GenericContainer(image).withCommand(idle).start();
  await container.exec(["sh", "-c", "echo 1 >/kept"]);
  await container.commit({ repo: "committed", tag: "1", deleteOnExit: false });
  await container.stop();
  process.env.TESTCONTAINERS_REUSE_ENABLE = "true";
  const make = () => new GenericContainer("committed:1").withCommand(idle).withReuse().start();
  const [first, second] = [await make(), await make()];
  assert.equal(first.getId(), second.getId());
  assert.equal((await second.exec(["cat", "/kept"])).output, "1\n");
  await first.stop({ remove: true });
};
tests["a start that fails"] = async () => {
  const never = new GenericContainer(image).withCommand(["sh", "-c", "exit 1"]).withWaitStrategy(Wait.forLogMessage("never"));
  await assert.rejects(never.withStartupTimeout(2000).start());
};
tests["run with both streams"] = async () => {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const [ended, container] = await docker.run(image, ["sh", "-c", "echo a; echo b >&2; exit 4"], [out, err], { Tty: false });
  // The client ends both with the container's output, which may come after the news of its end: by another connection.
  assert.deepEqual([ended.StatusCode, await text(out), await text(err)], [4, "a\n", "b\n"]);
  await container.remove();
};
tests["standard input that ends"] = async () => {
  const container = await docker.createContainer({ Image: image, Cmd: ["cat"], OpenStdin: true, StdinOnce: true, Tty: false });
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
  await container.start();
  stream.end("hello\n");
  assert.ok((await text(stream)).endsWith("hello\n"));
  assert.equal((await container.wait()).StatusCode, 0);
  await container.remove();
};
tests["an exec's terminal, sized at once"] = async () => {
  const container = await idleContainer();
  const exec = await container.exec({ Cmd: ["sh", "-c", "read line; stty size"], AttachStdin: true, AttachStdout: true, Tty: true });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: true });
  await exec.resize({ h: 40, w: 100 });
  stream.write("\n");
  assert.match(await text(stream), /40 100/);
  assert.equal((await exec.inspect()).ExitCode, 0);
  await container.remove({ force: true });
};
tests["a container's life"] = async () => {
  const container = await idleContainer();
  assert.ok((await container.stats({ stream: false })).memory_stats.usage > 0);
  assert.equal((await container.top()).Processes.length, 1);
  await container.pause();
  assert.equal((await container.inspect()).State.Paused, true);
  await container.unpause();
  await container.rename({ name: "renamed" });
  await container.update({ Memory: 100 << 20, MemorySwap: 200 << 20 });
  assert.equal((await container.inspect()).HostConfig.Memory, 100 << 20);
  await container.kill();
  assert.equal((await container.wait({ condition: "not-running" })).StatusCode, 137);
  await container.remove();
};
tests["images: tag, save, load, prune"] = async () => {
  await docker.getImage(image).tag({ repo: "other", tag: "x" });
  const saved = [];
  for await (const piece of await docker.getImage("other:x").get()) saved.push(piece);
  await docker.getImage("other:x").remove();
  await followed(await docker.loadImage(Buffer.concat(saved)));
  assert.ok((await docker.listImages()).some((each) => each.RepoTags.includes("other:x")));
  assert.ok(Array.isArray(await docker.getImage("other:x").history()));
  await docker.pruneImages({ filters: { dangling: ["true"] } });
  await docker.getImage("other:x").remove();
};
tests["builds by dockerode"] = async () => {
  for (const version of ["1", "2"]) {
    const context = { context: builds(), src: ["Dockerfile"] };
    await followed(await docker.buildImage(context, { t: `built:${version}`, version, buildargs: JSON.stringify({ V: version }) }));
    const container = await docker.createContainer({ Image: `built:${version}`, Cmd: ["cat", "/b"], Tty: true });
    const stream = await container.attach({ stream: true, stdout: true });
    await container.start();
    assert.equal((await text(stream)).trim(), `built ${version}`);
    await container.remove({ force: true });
  }
};
tests["events"] = async () => {
  const stream = await docker.getEvents({ filters: JSON.stringify({ type: ["container"], container: ["told"] }) });
  const seen = [];
  const done = (async () => {
    for await (const piece of stream) {
      for (const line of String(piece).trim().split("\n")) seen.push(JSON.parse(line).Action);
      if (seen.includes("destroy")) return;
    }
  })();
  const container = await docker.createContainer({ Image: image, Cmd: ["true"], name: "told" });
  await container.start();
  await container.wait();
  await container.remove();
  await done;
  assert.deepEqual(seen, ["create", "start", "die", "destroy"]);
};
tests["networks and volumes"] = async () => {
  const network = await docker.createNetwork({ Name: "made", CheckDuplicate: true, IPAM: { Config: [{ Subnet: "10.77.0.0/24" }] } });
  const container = await idleContainer();
  await network.connect({ Container: container.id, EndpointConfig: { Aliases: ["alias"] } });
  assert.match((await container.inspect()).NetworkSettings.Networks.made.IPAddress, /^10\.77\.0\./);
  await network.disconnect({ Container: container.id });
  await container.remove({ force: true });
  await network.remove();
  await docker.createVolume({ Name: "made", Labels: { a: "b" } });
  assert.ok((await docker.listVolumes()).Volumes.some((each) => each.Name === "made"));
  await docker.getVolume("made").remove();
};
tests["logs and archives"] = async () => {
  const container = await docker.createContainer({ Image: image, Cmd: ["sh", "-c", "for i in 1 2 3; do echo $i; done"], Tty: true });
  await container.start();
  assert.equal((await text(await container.logs({ follow: true, stdout: true, timestamps: true }))).split("\n").length, 4);
  assert.equal((await container.logs({ stdout: true, tail: 1 })).toString().trim(), "3");
  const archive = tar.pack();
  archive.entry({ name: "f.txt" }, "data");
  archive.finalize();
  await container.putArchive(archive, { path: "/tmp" });
  assert.ok((await text(await container.getArchive({ path: "/tmp/f.txt" }))).includes("data"));
  assert.ok((await text(await container.export())).includes("f.txt"));
  await container.remove({ force: true });
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("no end within 60 s")), 60000)));
  try {
    await Promise.race([test(), late]);
    console.log(`ok    ${name}`);
  } catch (error) {
    ++failed;
    console.log(`FAIL  ${name}: ${error.stack}`);
  }
  clearTimeout(timer);
}
console.log(`${Object.keys(tests).length - failed} of ${Object.keys(tests).length}`);
process.exit(failed === 0 ? 0 : 1);
