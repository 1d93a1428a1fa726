// The hub: everybody hears everybody else, nobody is overrun.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Hub } from "../../boards/links/hub.ts";
import { TestClock } from "../boards/clock.ts";

test("what one sends all others get; carrier as soon as there are two", () => {
  const clock = new TestClock();
  const hub = new Hub();
  const [a, b, c] = [hub.port(), hub.port(), hub.port()];
  const heard: string[] = [];
  const ports = { a, b, c };
  for (const [name, port] of Object.entries(ports)) {
    port.onReceive = (frame) => void heard.push(`${name}${frame[0]}`);
    port.start({ clock, report: () => {}, fail: () => {} });
  }
  a.send(Uint8Array.of(1));
  c.send(Uint8Array.of(2));
  clock.settle();
  assert.deepEqual(heard.sort(), ["a2", "b1", "b2", "c1"]);
  b.close();
  assert.deepEqual([a.carrier, b.carrier, c.carrier], [true, false, true]);
  c.close();
  assert.equal(a.carrier, false);
  assert.equal(a.send(Uint8Array.of(3)), true);
  assert.equal(a.lost, 1);
});

test("a port with others on its hub has carrier from the start, and nobody is told before there is a board", () => {
  const clock = new TestClock();
  const hub = new Hub();
  const [a, b] = [hub.port(), hub.port()];
  const told: string[] = [];
  a.onCarrier = (carrier) => void told.push(`a ${carrier}`);
  b.onCarrier = (carrier) => void told.push(`b ${carrier}`);
  for (const port of [a, b]) port.start({ clock, report: () => {}, fail: () => {} });
  assert.deepEqual([a.carrier, b.carrier, told], [true, true, []]);
  b.close();
  assert.deepEqual(told, ["a false", "b false"]);
});

test("one without room stops the others, until it has some", () => {
  const clock = new TestClock();
  const hub = new Hub();
  const [a, b, c] = [hub.port(), hub.port(), hub.port()];
  let room = 0;
  const got = { b: 0, c: 0 };
  b.onReceive = () => {
    if (room === 0) return false;
    room--;
    got.b++;
    return true;
  };
  c.onReceive = () => void got.c++;
  for (const port of [a, b, c]) port.start({ clock, report: () => {}, fail: () => {} });
  let sent = 0;
  a.onReady = () => {
    while (sent < 5000 && a.send(new Uint8Array(60))) sent++;
  };
  a.onReady();
  clock.settle();
  assert.ok(sent >= 1024 && sent < 5000, `${sent}`);
  while (got.b < 5000) {
    room = 100;
    b.resume();
    clock.settle();
  }
  assert.deepEqual([sent, got.b, got.c, a.lost], [5000, 5000, 5000, 0]);
});

test("a name is a hub as long as somebody is on it", () => {
  const first = Hub.named("x");
  const port = first.port();
  assert.equal(Hub.named("x"), first);
  port.close();
  assert.notEqual(Hub.named("x"), first);
});
