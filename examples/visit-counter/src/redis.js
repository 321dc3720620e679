// A client of Redis that speaks as much of its protocol (RESP 2) as a counter needs: one command after the other on one socket.
import { openSocket } from './connect.js';

/** Connects to a server; where there is none the error is the system's. */
export async function connectRedis(host, port) {
  const socket = await openSocket(host, port);
  const waiting = [];
  let text = '';

  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    text += chunk;
    for (let reply = parseReply(text); reply !== undefined; reply = parseReply(text)) {
      text = text.slice(reply.end);
      const { resolve, reject } = waiting.shift();
      if (reply.value instanceof Error) reject(reply.value);
      else resolve(reply.value);
    }
  });
  const fail = (error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('Redis closed the connection')));

  return {
    /** Sends a command and returns its reply; an error reply is thrown. */
    command(...words) {
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        socket.write(encodeCommand(words));
      });
    },
    close() {
      socket.end();
    },
  };
}

/** A command is a list of strings, each with its length in bytes. */
export function encodeCommand(words) {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(`${word}`)}\r\n${word}\r\n`).join('')}`;
}

/** The first reply in a text and where it ends; `undefined` while it is not whole. Bulk strings are taken to be ASCII. */
export function parseReply(text) {
  const lineEnd = text.indexOf('\r\n');
  if (lineEnd === -1) return undefined;
  const line = text.slice(1, lineEnd);
  const start = lineEnd + 2;
  switch (text[0]) {
    case '+':
      return { value: line, end: start };
    case '-':
      return { value: new Error(`Redis says: ${line}`), end: start };
    case ':':
      return { value: Number(line), end: start };
    case '$': {
      if (line === '-1') return { value: undefined, end: start };
      const end = start + Number(line);
      return text.length < end + 2 ? undefined : { value: text.slice(start, end), end: end + 2 };
    }
    default:
      throw new Error(`This client does not know the reply ${JSON.stringify(text.slice(0, 20))}`);
  }
}
