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
type Auth = Secret | { user: string; password: Secret };
type HttpHeaders = Record<string, string | Secret | readonly [string, Secret]>;
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
interface Kept<T, R> { ok: R; failed: { item: T; error: SpellError }[] }
type Results<T> = { -readonly [K in keyof T]: T[K] extends () => infer R ? Awaited<R> : never };
type Functions = readonly (() => unknown)[];
interface Task<T> { wait(): Promise<T>; cancel(): void }
interface AnyFlow { readonly name: string; readonly kind: "sequence" | "parallel" | "branch" | "loop" | "graph" }
interface Flow<I = any, O = any> extends AnyFlow { run(input?: I): Promise<O> }
interface Retry { times?: number; wait?: Duration; on?: readonly Kind[]; max_wait?: Duration; factor?: number }
type StepFunction = (value: any, other: any) => unknown;
interface StepOptions {
  run: StepFunction | AnyFlow; timeout?: Duration; retry?: Retry; on_error?: "stop" | "keep";
}
type Step = StepFunction | AnyFlow | StepOptions;
type NamedStep = Step | (StepOptions & { name?: string });
type GraphNode = Step | (StepOptions & { depends_on?: readonly string[] });
interface SequenceSpec { name?: string; steps: readonly NamedStep[] }
interface ParallelSpec<B, M> { name?: string; branches: B; limit?: number; on_error?: M }
type ModeOf<S> = S extends { on_error: infer M } ? M : never;
type Gathered<B, M> = "keep" extends M | ModeOf<B[keyof B]>
  ? Kept<keyof B, { [K in keyof B]?: any }> & { skipped: string[] }
  : { [K in keyof B]: any };
interface BranchSpec {
  name?: string; choose: (value: any) => string | Reply | Promise<string | Reply>;
  branches: { readonly [name: string]: Step }; default?: Step;
}
interface LoopSpec<T> { name?: string; max: number; start?: T; body: Step; done?: (value: T, i: number) => unknown }
interface GraphSpec {
  name?: string; nodes: { readonly [name: string]: GraphNode }; edges?: readonly (readonly [string, string])[];
  limit?: number; on_error?: "stop" | "keep"; last?: string;
}
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
  dir(value: unknown): void;
  assert(good: unknown, ...values: unknown[]): void;
}
declare var console: Console;
declare var performance: { now(): number; readonly timeOrigin: number };
declare function queueMicrotask(fn: () => void): void;
declare function setTimeout(fn: (...args: any[]) => unknown, ms?: number): number;
declare function setTimeout<A extends unknown[]>(fn: (...args: A) => unknown, ms: number, ...args: A): number;
declare function setInterval(fn: (...args: any[]) => unknown, ms?: number): number;
declare function setInterval<A extends unknown[]>(fn: (...args: A) => unknown, ms: number, ...args: A): number;
declare function clearTimeout(id?: number): void;
declare function clearInterval(id?: number): void;
declare function structuredClone<T>(value: T): T;
declare function atob(data: string): string;
declare function btoa(data: string): string;
type Bytes = ArrayBufferLike | ArrayBufferView;
interface Pairs extends Iterable<[string, string]> {
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  has(name: string): boolean;
  set(name: string, value: string): void;
  forEach(fn: (value: string, name: string, all: this) => void): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
}
type PairsLike = string | Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>;
interface URLSearchParams extends Pairs {
  readonly size: number;
  delete(name: string, value?: string): void;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  sort(): void;
}
declare var URLSearchParams: { new (init?: PairsLike): URLSearchParams; prototype: URLSearchParams };
declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string | URL, base?: string | URL): boolean;
  static parse(url: string | URL, base?: string | URL): URL | null;
  href: string;
  readonly origin: string;
  protocol: string;
  username: string;
  password: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  readonly searchParams: URLSearchParams;
  hash: string;
  toJSON(): string;
}
declare class TextEncoder {
  readonly encoding: "utf-8";
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, to: Uint8Array): { read: number; written: number };
}
declare class TextDecoder {
  constructor(encoding?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(bytes?: Bytes, options?: { stream?: boolean }): string;
}
declare class DOMException extends SpellError {
  constructor(message?: string, name?: string);
  readonly code: number;
}
interface AbortEvent { readonly type: "abort"; readonly target: AbortSignal; readonly currentTarget: AbortSignal }
type AbortListener = ((event: AbortEvent) => unknown) | { handleEvent(event: AbortEvent): unknown };
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: any;
  onabort: ((event: AbortEvent) => unknown) | null;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: AbortListener, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: AbortListener): void;
}
declare var AbortSignal: {
  prototype: AbortSignal;
  abort(reason?: unknown): AbortSignal;
  timeout(ms: number): AbortSignal;
  any(signals: Iterable<AbortSignal>): AbortSignal;
};
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare var crypto: { getRandomValues<T extends ArrayBufferView>(array: T): T; randomUUID(): string };
interface Headers extends Pairs { getSetCookie(): string[] }
type HeadersLike = Iterable<readonly [string, string]> | Readonly<Record<string, string>>;
declare var Headers: { new (init?: HeadersLike): Headers; prototype: Headers };
type BodyLike = string | Bytes | URLSearchParams | null;
interface Body {
  readonly bodyUsed: boolean;
  text(): Promise<string>;
  json(): Promise<any>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  arrayBuffer(): Promise<ArrayBuffer>;
}
interface RequestOptions {
  method?: string; headers?: HeadersLike; body?: BodyLike; signal?: AbortSignal;
  redirect?: "follow" | "manual" | "error";
}
interface Request extends Body {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly redirect: "follow" | "manual" | "error";
  readonly signal: AbortSignal;
  clone(): Request;
}
declare var Request: { new (input: string | URL | Request, options?: RequestOptions): Request; prototype: Request };
interface ResponseOptions { status?: number; statusText?: string; headers?: HeadersLike }
interface Response extends Body {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: Headers;
  clone(): Response;
}
declare var Response: {
  new (body?: BodyLike, options?: ResponseOptions): Response;
  prototype: Response;
  json(data: unknown, options?: ResponseOptions): Response;
};
declare function fetch(input: string | URL | Request, options?: RequestOptions): Promise<Response>;
