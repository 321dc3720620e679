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

/** What reads and writes the bytes of objects. */
interface TaskclusterTransfers {
  readonly Object: TaskclusterClass<
    'ping' | 'createUpload' | 'finishUpload' | 'startDownload' | 'object' | 'download'
  >;
  upload(options: {
    projectId: string;
    name: string;
    contentType: string;
    contentLength: number;
    expires: string;
    object: unknown;
    streamFactory: () => Promise<NodeJS.ReadableStream>;
    retries?: number;
    uploadId?: string;
  }): Promise<void>;
  /** Gives the content type. */
  download(options: {
    name: string;
    object: unknown;
    streamFactory: () => Promise<NodeJS.WritableStream>;
    retries?: number;
  }): Promise<string>;
  /** Gives the content type. */
  downloadArtifact(options: {
    taskId: string;
    runId?: number;
    name: string;
    queue: unknown;
    streamFactory: () => Promise<NodeJS.WritableStream>;
    retries?: number;
  }): Promise<string>;
}

declare module 'taskcluster-client-87' {
  const taskcluster: TaskclusterClient & TaskclusterTransfers;
  export = taskcluster;
}
