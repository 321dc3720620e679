// Connections to services. Nothing is tried twice: when a step starts, the pipeline's services are ready.
import { connect } from 'node:net';

/** A TCP connection that is open. */
export async function openSocket(host, port) {
  const socket = connect({ host, port });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}
