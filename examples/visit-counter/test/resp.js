// The protocol alone: needs no server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCommand, parseReply } from '../src/redis.js';

test('a command carries the length of every word in bytes', () => {
  assert.equal(encodeCommand(['SET', 'ø', 12]), '*3\r\n$3\r\nSET\r\n$2\r\nø\r\n$2\r\n12\r\n');
});

test('each kind of reply is read up to its end', () => {
  assert.deepEqual(parseReply('+OK\r\n:1\r\n'), { value: 'OK', end: 5 });
  assert.deepEqual(parseReply(':42\r\n'), { value: 42, end: 5 });
  assert.deepEqual(parseReply('$3\r\na\r\n\r\n'), { value: 'a\r\n', end: 9 });
  assert.deepEqual(parseReply('$-1\r\n'), { value: undefined, end: 5 });
  assert.match(parseReply('-ERR no\r\n').value.message, /ERR no/);
});

test('a reply that is not whole is waited for', () => {
  for (const part of ['', '$', '$3\r', '$3\r\nab', '$3\r\nabc\r']) assert.equal(parseReply(part), undefined);
});
