/** A user of OpenWhisk, as who may build images is known. */
export interface WhiskUser {
  /** In lower case. */
  readonly login: string;
  readonly email?: string;
  /** What the system keeps for them. Absent: for these users no such thing is kept, which is not the same as nothing. */
  readonly env?: Readonly<Record<string, string>>;
  /** What they have set themselves; it wins over `env`. */
  readonly userenv?: Readonly<Record<string, string>>;
}

/** Both halves of a token, `uuid:key`. */
export interface WhiskToken {
  readonly uuid: string;
  readonly key: string;
}

/** Who there is. Changes count within seconds. All calls may be made at the same time; they throw `WhiskUsersError`. */
export interface WhiskUsers {
  /** Where they come from, for messages: the file, or the URL without its password. */
  readonly name: string;
  /** `undefined`: nobody has this token. */
  find(token: WhiskToken): Promise<WhiskUser | undefined>;
  /** For those who act for a user. `login` in lower case. */
  findByLogin(login: string): Promise<WhiskUser | undefined>;
  /** Whether it can be asked now. Never throws. */
  isWell(): Promise<boolean>;
}

/** Users cannot be asked for now. The message is for the operator's log, and for nobody else. */
export class WhiskUsersError extends Error {
  override readonly name = 'WhiskUsersError';
}
