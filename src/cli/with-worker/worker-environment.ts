import { SECRET_VARIABLES } from '../../config/index.ts';

/** What is for the server alone: its database, its registry, its users, its stores, and who it calls others as. */
const OF_THE_SERVER = [
  /^PG[A-Z]+$/,
  /^REGISTRY_(?:USER|PASS)$/,
  /^COUCHDB_\w+$/,
  /^(?:TASKCLUSTER_\w+|QUEUE_URL)$/,
  /^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|CONTAINER_AUTHORIZATION_TOKEN)$/,
  /^WERCKER_OCI_\w+$/,
];

/** The variables of a worker beside a server: it runs what others wrote, and needs none of the server's secrets. */
export const workerEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !SECRET_VARIABLES.has(name) && !OF_THE_SERVER.some((each) => each.test(name)),
    ),
  );
