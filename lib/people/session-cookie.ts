/** One cookie of a session as it is to be set: HttpOnly, SameSite=Lax, path `/`; `maxAge` in seconds, null until the browser closes. */
export type SessionCookie = {
  readonly name: string;
  readonly value: string;
  readonly maxAge: number | null;
  readonly secure: boolean;
};
