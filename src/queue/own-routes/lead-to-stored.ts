import type { FastifyReply } from 'fastify';
import { QueueError } from '../error.ts';
import { followLinks } from '../routes/follow-links.ts';
import { authorize } from '../service/authorize.ts';
import { hasContent } from './has-content.ts';
import type { LogRoutesOptions } from './log-routes.ts';
import { JSON_TYPE, type StreamCall } from './stream-route.ts';

/** Leads to the artifact that took the place of a log. Throws `ResourceNotFound`. */
export async function leadToStored(
  call: StreamCall,
  { queue, urls, now }: LogRoutesOptions,
): Promise<FastifyReply> {
  const { taskId, runId, name, reply, baseUrl } = call;
  const caller = call.caller();
  const record = await followLinks(queue, { taskId, runId, name, now: now() }, (names) =>
    authorize(caller, { AllOf: names.map((each) => `queue:get-artifact:${each}`) }),
  );
  if (!hasContent(record)) {
    throw new QueueError(
      'ResourceNotFound',
      `There is no log ${name} of run ${runId} of the task ${taskId}.`,
    );
  }
  const url = urls.getUrl(record, baseUrl);
  const headers = { location: url, 'x-taskcluster-artifact-storage-type': record.storageType };
  const body = JSON.stringify({ storageType: record.storageType, url });
  return reply.code(303).headers(headers).type(JSON_TYPE).send(body);
}
