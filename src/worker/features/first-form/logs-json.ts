import type { Feature } from '../../task/feature.ts';
import { logName } from '../read-payload.ts';
import { uploadJson } from '../upload-bytes.ts';
import { artifactUrl } from './artifact-url.ts';

export const LOGS_JSON = 'logs.json';

/** `azureLivelog` of the first form: where the log is, as a document that is there before the container starts. */
export const logsJson: Feature = {
  name: 'azureLivelog',
  default: false,
  start: () => ({
    name: 'azureLivelog',
    async created(task) {
      const content = { version: '0.2.0', logs: { 'terminal.log': artifactUrl(task, logName(task)) } };
      await uploadJson(task, { name: LOGS_JSON, content }, task.signal);
      return undefined;
    },
  }),
};
