import { randomUUID } from 'node:crypto';

/** 22 characters: base64url of the 16 bytes of a version 4 UUID. */
export const SLUGID = /^[A-Za-z0-9_-]{8}[Q-T][A-Za-z0-9_-][CGKOSWaeimquy26-][A-Za-z0-9_-]{10}[AQgw]$/;

/** provisionerId, workerGroup, workerId, schedulerId. */
export const IDENTIFIER = /^[a-zA-Z0-9_-]{1,38}$/;
export const WORKER_TYPE = /^[a-z]([-a-z0-9]{0,36}[a-z0-9])?$/;
export const PROJECT_ID = /^[a-zA-Z0-9._/-]{1,500}$/;
/** Printable ASCII, slashes included. */
export const ARTIFACT_NAME = /^[\x20-\x7e]{1,1024}$/;

/** Makes a task id that begins with a letter, so that it is never taken for a flag. */
export function newTaskId(): string {
  const bytes = Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
  bytes.writeUInt8(bytes.readUInt8(0) & 0x7f, 0);
  return bytes.toString('base64url');
}
