/** Types that the globals of a spell share. The stub `llmspell.d.ts` begins with them. */
type Duration = number | string;
type Kind =
  | "args" | "config" | "auth" | "permission" | "budget" | "timeout" | "cancelled" | "model" | "rate_limit"
  | "refused" | "schema" | "tool" | "http" | "mcp" | "approval" | "replay" | "script";
type Word = "string" | "int" | "number" | "bool" | "list" | "object" | "path" | "date";
type FullField = { type?: Word; default?: unknown; about?: string; choices?: readonly unknown[]; min?: number; max?: number };
type Field = Word | string | number | boolean | FullField | readonly [Field] | { readonly [name: string]: Field };
type Fields = { readonly [name: string]: Field };
type Widen<T> = T extends string ? string : T extends number ? number : T extends boolean ? boolean : T;
type Val<F> = F extends "string" | "path" | "date" ? string
  : F extends "int" | "number" ? number
  : F extends "bool" ? boolean
  : F extends "list" ? unknown[]
  : F extends "object" ? Record<string, unknown>
  : F extends { type: infer T } ? Val<T>
  : F extends { default: infer D } ? Widen<D>
  : F extends readonly [infer I] ? Val<I>[]
  : F extends string | number | boolean ? Widen<F>
  : F extends object ? { [K in keyof F]: Val<F[K]> }
  : never;
type Vals<S> = { -readonly [K in keyof S]: Val<S[K]> };
type Out<S> = [S] extends [never] ? any : S extends Fields ? Vals<S> : any;
interface Allow {
  read?: readonly string[]; write?: readonly string[]; net?: readonly string[]; run?: readonly string[];
  env?: readonly string[]; mcp?: readonly string[]; tools?: readonly string[]; secrets?: readonly string[];
  state?: readonly string[]; models?: readonly string[];
}
interface Schedule {
  cron?: string; every?: Duration; tz?: string;
  overlap?: "skip" | "queue" | "replace" | "allow"; missed?: "skip" | "once" | "all";
}
interface SpellSpec {
  about?: string; input?: "text" | "file" | "files" | "json"; params?: Fields; allow?: Allow;
  budget?: { usd?: number; tokens?: number; time?: Duration; calls?: number };
  model?: string; schedule?: string | Schedule;
}
type InputOf<S> = S extends { input: "text" | "file" } ? { input: string }
  : S extends { input: "files" } ? { input: string[] }
  : S extends { input: "json" } ? { input: any }
  : {};
type ArgsOf<S> = (S extends { params: infer P } ? Vals<P> : {}) & InputOf<S> & { rest: string[] };
interface ParallelOptions { limit?: number; on_error?: "stop" | "keep" }
interface MapOptions extends ParallelOptions { name?: string }
interface Task<T> { wait(): Promise<T>; cancel(): void }
type Attempt<T> = { ok: true; value: T; error?: undefined } | { ok: false; value?: undefined; error: SpellError };
interface Place { file: string; line: number; column: number; name: string }
declare class SpellError extends Error {
  constructor(
    message?: string,
    options?: { kind?: Kind; hint?: string; retryable?: boolean; data?: Record<string, unknown>; cause?: unknown },
  );
  kind: Kind;
  hint?: string;
  retryable: boolean;
  readonly where?: Place;
  readonly trace: Place[];
  cause?: unknown;
  data?: Record<string, unknown>;
}
interface Console {
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  debug(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
}
declare var console: Console;
declare function queueMicrotask(fn: () => void): void;
