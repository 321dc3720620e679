// The counter with the real services. They are reached by the aliases and by the link variables that the pipeline gives its box.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createCounter } from '../src/counter.js';
import { connectRedis } from '../src/redis.js';

const {
  REDIS_PORT_6379_TCP_ADDR,
  REDIS_PORT_6379_TCP_PORT,
  REDIS_PORT,
  WEB_PORT_8080_TCP_ADDR,
  WEB_PORT_8080_TCP_PORT,
} = process.env;
const site = 'http://web:8080';

let redis;
before(async () => {
  redis = await connectRedis('redis', 6379);
});
after(() => redis.close());

test('every visit of a page is counted', async () => {
  const counter = createCounter(redis, site);
  assert.equal(await counter.visits('/'), 0);
  assert.deepEqual(await counter.visit('/'), { title: 'Slipway', visits: 1 });
  assert.deepEqual(await counter.visit('/'), { title: 'Slipway', visits: 2 });
  assert.equal(await counter.visits('/'), 2);
});

test('a page that is not there is not counted', async () => {
  const counter = createCounter(redis, site);
  await assert.rejects(counter.visit('/nowhere'), /answers 404/);
  assert.equal(await counter.visits('/nowhere'), 0);
});

test('the link variables lead to the same services as the aliases', async () => {
  assert.equal(REDIS_PORT, `tcp://${REDIS_PORT_6379_TCP_ADDR}:6379`);
  const linked = await connectRedis(REDIS_PORT_6379_TCP_ADDR, Number(REDIS_PORT_6379_TCP_PORT));
  await linked.command('SET', 'through', 'the link');
  linked.close();
  assert.equal(await redis.command('GET', 'through'), 'the link');

  const counter = createCounter(redis, `http://${WEB_PORT_8080_TCP_ADDR}:${WEB_PORT_8080_TCP_PORT}`);
  assert.equal((await counter.visit('/index.html')).title, 'Slipway');
});

test('what Redis refuses is an error, and the connection goes on', async () => {
  await redis.command('SET', 'word', 'ahoy');
  await assert.rejects(redis.command('INCR', 'word'), /not an integer/);
  assert.equal(await redis.command('GET', 'word'), 'ahoy');
});

test('a service that is not there is an error', async () => {
  await assert.rejects(connectRedis('redis', 1), /ECONNREFUSED/);
});
