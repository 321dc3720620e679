// The official clients have no types. Their methods are made when they are loaded, from descriptions of the services.

interface TaskclusterCredentials {
  clientId: string;
  accessToken: string;
  certificate?: string | undefined;
}

interface TaskclusterOptions {
  rootUrl: string;
  credentials?: TaskclusterCredentials | undefined;
  authorizedScopes?: readonly string[];
  retries?: number;
  timeout?: number;
  delayFactor?: number;
}

type TaskclusterAnswer = Readonly<Record<string, unknown>>;
type TaskclusterCall = (...parameters: readonly unknown[]) => Promise<TaskclusterAnswer>;

interface TaskclusterService<Methods extends string> {
  use(options: Partial<TaskclusterOptions>): TaskclusterService<Methods> & Record<Methods, TaskclusterCall>;
  buildUrl(method: TaskclusterCall, ...parameters: readonly unknown[]): string;
  buildSignedUrl(method: TaskclusterCall, ...parameters: readonly unknown[]): string;
}

type TaskclusterClass<Methods extends string> = new (
  options: TaskclusterOptions,
) => TaskclusterService<Methods> & Record<Methods, TaskclusterCall>;

interface TaskclusterClient {
  readonly Queue: TaskclusterClass<string>;
  readonly Index: TaskclusterClass<
    | 'ping'
    | 'findTask'
    | 'findTasksAtIndex'
    | 'listNamespaces'
    | 'listTasks'
    | 'insertTask'
    | 'deleteTask'
    | 'findArtifactFromTask'
  >;
  readonly PurgeCache: TaskclusterClass<'ping' | 'purgeCache' | 'allPurgeRequests' | 'purgeRequests'>;
  readonly Auth: TaskclusterClass<'ping' | 'expandScopes' | 'currentScopes'>;
  createTemporaryCredentials(options: {
    credentials: TaskclusterCredentials;
    scopes: readonly string[];
    start?: Date;
    expiry: Date;
    clientId?: string;
  }): { clientId: string; accessToken: string; certificate: string };
  fromNow(offset: string): Date;
  fromNowJSON(offset: string): string;
  slugid(): string;
}

declare module 'taskcluster-client-55' {
  const taskcluster: TaskclusterClient;
  export = taskcluster;
}

declare module 'taskcluster-client-87' {
  const taskcluster: TaskclusterClient;
  export = taskcluster;
}
