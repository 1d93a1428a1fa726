// Links over stream sockets: nothing is lost on the way, a slow receiver stops a fast sender, and what speaks another
// protocol, or stops speaking, ends the link with one line.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { StreamLink } from "../../boards/links/stream.ts";
import { Random } from "../random.ts";
import { LoopServices, until } from "./loop-clock.ts";

const folder = mkdtempSync(join(tmpdir(), "kpi-stream-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let sockets = 0;
const path = (): string => join(folder, `${sockets++}`);

/** A port that nobody has. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

for (const kind of ["unix", "tcp"]) {
  test(`${kind}: all frames, both ways, past a receiver that has no room now and then`, async () => {
    const address = kind === "unix" ? { path: path() } : { host: "127.0.0.1", port: await freePort() };
    const listening = await StreamLink.listen(address);
    const connected = await StreamLink.connect(address);
    const links = [listening, connected];
    const random = new Random(2);
    const frames = Array.from({ length: 5000 }, () => Uint8Array.from({ length: random.below(1600) }, (_, i) => i * 7));
    const got: number[][] = [[], []];
    const refusals = [0, 0];
    links.forEach((link, i) => {
      let busy = 0;
      link.onReceive = (frame) => {
        if (++busy % 50 === 0 && frame.length > 0) {
          setTimeout(() => link.resume(), 1);
          return false;
        }
        got[i]!.push(frame.length);
        assert.ok(frame.every((byte, at) => byte === ((at * 7) & 0xff)));
        return true;
      };
      link.start(new LoopServices());
    });
    await until(() => listening.carrier);
    links.forEach((link, i) => {
      let next = 0;
      link.onReady = () => {
        while (next < frames.length) {
          if (!link.send(frames[next]!)) return void refusals[i]!++;
          next++;
        }
      };
      link.onReady();
    });
    await until(() => got.every(({ length }) => length === frames.length));
    const lengths = frames.map(({ length }) => length);
    assert.deepEqual(got, [lengths, lengths]);
    assert.ok(
      refusals.every((count) => count > 0),
      `senders were stopped: ${refusals.join(", ")}`,
    );
    assert.deepEqual([listening.lost, connected.lost], [0, 0]);
    connected.close();
    await until(() => !listening.carrier);
    // Whoever comes next is served too.
    const again = await StreamLink.connect(address);
    await until(() => listening.carrier);
    again.close();
    listening.close();
    if ("path" in address) await until(() => !existsSync(address.path!));
  });
}

/** A server that does what `act` says with whoever connects, and the link to it. */
async function against(act: (socket: Socket) => void): Promise<Error> {
  const address = { path: path() };
  const server = createServer((socket) => {
    socket.on("error", () => {});
    act(socket);
  });
  await new Promise<void>((resolve) => server.listen(address, resolve));
  const link = await StreamLink.connect(address);
  const services = new LoopServices();
  link.start(services);
  const error = await services.failed;
  assert.equal(link.carrier, false);
  server.close();
  return error;
}

test("a length of 4 GB, half a frame, and the end: one line each", async () => {
  const huge = await against((socket) => socket.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 2, 3)));
  assert.match(huge.message, /^link stream:unix:\S+: it does not speak this protocol: a frame of 4294967295 bytes/);
  const half = await against((socket) => socket.end(Uint8Array.of(0, 0, 0, 60, 1, 2, 3)));
  assert.match(half.message, /^link stream:\S+: the other end has closed the connection in the midst of a frame$/);
  const end = await against((socket) => socket.end());
  assert.match(end.message, /^link stream:\S+: the other end has closed the connection$/);
});

test("nobody listens; a socket's file that was left behind, one that is in use, one that is none", async () => {
  const left = path();
  await assert.rejects(StreamLink.connect({ path: left }), { message: /cannot connect: No such file or directory$/ });
  const first = await StreamLink.listen({ path: left });
  await assert.rejects(StreamLink.listen({ path: left }), { message: /cannot listen: Address already in use$/ });
  first.close();
  const file = path();
  writeFileSync(file, "");
  await assert.rejects(StreamLink.listen({ path: file }), { message: /cannot listen/ });
  assert.ok(existsSync(file), "a file that is no socket is nobody's to remove");
});
