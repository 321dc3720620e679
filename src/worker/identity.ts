/** Who a worker is, as the queue and its logs know it. */
export interface WorkerIdentity {
  readonly provisionerId: string;
  readonly workerType: string;
  /** `<provisionerId>/<workerType>`: the queue that it serves. */
  readonly taskQueueId: string;
  readonly workerGroup: string;
  readonly workerId: string;
  /** Free text, the machine's size. @example `standalone` */
  readonly workerNodeType: string;
  readonly publicIp: string;
  readonly privateIp: string;
  readonly hostname: string;
  readonly region?: string;
  readonly availabilityZone?: string;
  readonly cloud?: string;
  readonly instanceId?: string;
  readonly instanceType?: string;
  /** Of this program. */
  readonly version: string;
}
